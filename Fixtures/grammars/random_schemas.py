"""Random JSON schemas: all supported keywords beside and within each other."""
import random

NAMES = ["a", "b", "c d", "né", "q\"", "x/y"]
DEFINITIONS = ["one", "t~w/o", "p%c"]
PATTERNS = ["^[a-f]{2,4}$", "^(ab|c\\d)+$", "^\\w+@\\w+\\.(com|org)$", "^[^x]?y$", "b+", "^$|^https?://.+$",
            "(^a$)|(^b$)", "^C:\\\\$", "^(?<year>\\d{4})-\\d\\d$", "\\u0061[\\x62-\\x64]", "^\\S+\\s\\S+$", "^.{3}$",
            "^\\p{Lu}\\p{Ll}*$", "a|b|^c"]
FORMATS = ["date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "uri", "hostname", "made-up"]
VALUES = ["a", "b", "é\"\\", "abc", "", 1, 1.0, 2.5, -3, 0, None, True, False, [], [1, 2], [1, {"x": []}], {}, {"a": 1},
          {"a": "b", "b": None}]


def reference(rng):
    name = rng.choice(DEFINITIONS)
    escaped = name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
    return {"$ref": f"#/$defs/{escaped}"}


def string(rng):
    result = {"type": "string"}
    low = rng.randrange(5)
    if rng.random() < 0.4:
        result["minLength"] = rng.choice([low, float(low)])
    if rng.random() < 0.4:
        result["maxLength"] = low + rng.randrange(1, 9)
    if rng.random() < 0.35:
        result["pattern"] = rng.choice(PATTERNS)
    elif rng.random() < 0.3:
        result["format"] = rng.choice(FORMATS)
    return result


def number(rng):
    result = {"type": rng.choice(["integer", "number"])}
    low = rng.choice([rng.randrange(-2000, 2000), round(rng.uniform(-9, 9), 2), 0, -2**53 + 1, 10**18])
    high = low + rng.choice([0, 0.5, 1, 2, 40, 3000, 10**6])
    if rng.random() < 0.5:
        result[rng.choice(["minimum", "exclusiveMinimum"])] = low
    if rng.random() < 0.5:
        result[rng.choice(["maximum", "exclusiveMaximum"])] = high
    if rng.random() < 0.2:
        result["multipleOf"] = rng.choice([1, 2, 3, 5, 7, 10, 12] if result["type"] == "integer" else [1, 0.5, 0.01, 3])
    return result


def array(rng, depth):
    result = {"type": "array"}
    low = rng.randrange(3)
    if rng.random() < 0.3:
        result["prefixItems"] = [schema(rng, depth - 1) for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.7:
        result["items"] = rng.choice([False, schema(rng, depth - 1), schema(rng, depth - 1)])
    if rng.random() < 0.3 and "prefixItems" not in result:
        values = rng.sample([v for v in VALUES if not isinstance(v, (list, dict))], rng.randrange(2, 9))
        result["items"] = rng.choice([{"enum": values}, {"type": ["boolean", "null"]},
                                      {"type": "integer", "minimum": 1, "maximum": rng.randrange(2, 14)}])
        result["uniqueItems"] = True
    if rng.random() < 0.5:
        result["minItems"] = low
    if rng.random() < 0.5:
        result["maxItems"] = low + rng.randrange(4)
    return result


def members(rng, depth):
    names = rng.sample(NAMES, rng.randrange(1, 5))
    result = {"properties": {name: schema(rng, depth - 1) for name in names}}
    if rng.random() < 0.6:
        result["required"] = [n for n in names if rng.random() < 0.5]
    return result


def mapping(rng, depth):
    result = {"type": "object"}
    if rng.random() < 0.8:
        result |= members(rng, depth)
    if rng.random() < 0.1:
        result["required"] = result.get("required", []) + [rng.choice(["extra", "xtra", "a"])]
        result["required"] = list(dict.fromkeys(result["required"]))
    if rng.random() < 0.45:
        result["additionalProperties"] = rng.choice([False, False, True, schema(rng, depth - 1)])
    if rng.random() < 0.15:
        patterns = rng.sample(["^x", "y$", "^a", "[0-9]"], rng.randrange(1, 3))
        result["patternProperties"] = {p: rng.choice([True, False, schema(rng, depth - 1)]) for p in patterns}
    if rng.random() < 0.15:
        result["minProperties"] = rng.randrange(4)
    if rng.random() < 0.15:
        result["maxProperties"] = result.get("minProperties", 0) + rng.randrange(4)
    if rng.random() < 0.1:
        result["dependentRequired"] = {rng.choice(NAMES): rng.sample(NAMES, 1) for _ in range(2)}
    if rng.random() < 0.05:
        result["dependentSchemas"] = {rng.choice(NAMES): {"required": rng.sample(NAMES, 1)}}
    if rng.random() < 0.08:
        result["propertyNames"] = rng.choice([{"pattern": "^[a-z]*$"}, {"maxLength": 3}, {"enum": NAMES[:3] + ["x"]},
                                              {"not": {"const": "a"}}])
    return result


def piece(rng, depth):
    """What stands beside other keywords: a part of a schema, often without a type."""
    kind = rng.randrange(9)
    if kind == 0:
        return {"minimum": rng.randrange(-5, 5)}
    if kind == 1:
        return {"maxLength": rng.randrange(1, 6)}
    if kind == 2:
        return {"required": [rng.choice(NAMES)]}
    if kind == 3:
        return members(rng, depth)
    if kind == 4:
        return {"type": rng.choice(["string", "integer", "object", "array", ["string", "null"], ["number", "object"]])}
    if kind == 5:
        return {"enum": rng.sample(VALUES, 4)}
    if kind == 6:
        return {"const": rng.choice(VALUES)}
    if kind == 7:
        return rng.choice([{"title": "t"}, {"minItems": 1}, {"pattern": rng.choice(PATTERNS)}, {"multipleOf": 2}])
    return string(rng) if rng.random() < 0.5 else mapping(rng, depth)


def combination(rng, depth):
    keyword = rng.choice(["anyOf", "oneOf", "allOf", "not", "anyOf", "allOf", "tagged"])
    if keyword == "tagged":
        tags = rng.sample(["u", "v", "w"], rng.randrange(2, 4))
        alternatives = []
        for tag in tags:
            one = {"type": "object"} | members(rng, depth)
            one["properties"] = {"kind": {"const": tag}} | one["properties"]
            one["required"] = ["kind"] + one.get("required", [])
            alternatives.append(one)
        return {"oneOf": alternatives}
    if keyword == "not":
        return {"not": rng.choice([piece(rng, 0), {"enum": rng.sample(VALUES, 3)}, {"type": rng.choice(["null", "string"])},
                                   {"required": [rng.choice(NAMES)]}])}
    pick = piece if rng.random() < 0.6 else schema
    return {keyword: [pick(rng, depth - 1) for _ in range(rng.randrange(1, 4))]}


def schema(rng, depth):
    roll = rng.random()
    if depth <= 0:
        kind = rng.choice([string, number])(rng) if roll < 0.6 else None
        return kind or rng.choice([{"type": "boolean"}, {"type": "null"}, {"enum": rng.sample(VALUES, 3)},
                                   {"const": rng.choice(VALUES)}, {"type": ["integer", "null"]}])
    if roll < 0.14:
        result = string(rng)
    elif roll < 0.28:
        result = number(rng)
    elif roll < 0.4:
        result = array(rng, depth)
    elif roll < 0.65:
        result = mapping(rng, depth)
    elif roll < 0.72:
        result = {"enum": rng.sample(VALUES, 3)}
    elif roll < 0.77:
        result = {"type": rng.sample(["boolean", "null", "integer", "string", "array", "object"], 2)}
    elif roll < 0.86:
        return combination(rng, depth)
    elif roll < 0.93:
        result = reference(rng)
    else:
        return rng.choice([True, {}, {"description": "any"}, {"type": "boolean"}, {"type": "null"}])
    if rng.random() < 0.25:
        result = result | combination(rng, depth)
    if rng.random() < 0.15:
        result = {**piece(rng, depth), **result}
    if rng.random() < 0.05:
        result = result | reference(rng)
    return result


def draw(seed):
    """A whole document."""
    rng = random.Random(seed)
    result = schema(rng, 3)
    if not isinstance(result, dict):
        result = {}
    return result | {"$defs": {name: schema(rng, 1) for name in DEFINITIONS}}
