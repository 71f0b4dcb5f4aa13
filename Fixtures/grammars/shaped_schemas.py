"""Schemas as common tools write them: pydantic itself, and the shapes of zod-to-json-schema, zod 4 and OpenAI's strict mode."""
import datetime
import decimal
import enum
import ipaddress
import random
import typing
import uuid

import pydantic

WORDS = ["id", "name", "email", "age", "tags", "created_at", "address", "status", "score", "items", "notes", "parent",
         "url", "amount", "is_active", "kind", "owner", "metadata", "children", "location"]
LARGEST = 9007199254740991


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def pydantic_type(rng, depth, models):
    simple = [
        str, int, float, bool, datetime.date, datetime.datetime, datetime.time, uuid.UUID, Color, Level,
        ipaddress.IPv4Address, ipaddress.IPv6Address, pydantic.AnyUrl, pydantic.HttpUrl, bytes,
        typing.Literal["a", "b", 3], typing.Any,
        typing.Annotated[str, pydantic.Field(min_length=1, max_length=80)],
        typing.Annotated[str, pydantic.Field(pattern=r"^[A-Z]{2}-\d{4}$")],
        typing.Annotated[int, pydantic.Field(ge=0, lt=150)],
        typing.Annotated[float, pydantic.Field(gt=0, le=1)],
        typing.Annotated[int, pydantic.Field(multiple_of=5)],
        pydantic.PositiveInt, pydantic.NonNegativeFloat, pydantic.SecretStr, datetime.timedelta, decimal.Decimal,
    ]
    if depth <= 0 or rng.random() < 0.5:
        return rng.choice(simple)
    inner = pydantic_type(rng, depth - 1, models)
    kind = rng.randrange(9)
    if kind == 0:
        return typing.Optional[inner]
    if kind == 1:
        return list[inner]
    if kind == 2:
        return dict[str, inner]
    if kind == 3:
        return tuple[inner, int]
    if kind == 4:
        return typing.Union[inner, str]
    if kind == 5:
        return typing.Annotated[list[inner], pydantic.Field(min_length=1, max_length=5)]
    if kind == 6 and models:
        return rng.choice(models)
    if kind == 7:
        return rng.choice([set[Color], frozenset[typing.Literal["x", "y", "z"]], set[bool]])
    return model(rng, depth - 1, models)


def model(rng, depth, models):
    fields = {}
    for name in rng.sample(WORDS, rng.randrange(1, 7)):
        kind = pydantic_type(rng, depth, models)
        roll = rng.random()
        if roll < 0.2:
            fields[name] = (typing.Optional[kind], None)
        elif roll < 0.3:
            fields[name] = (kind, pydantic.Field(description="what it is"))
        else:
            fields[name] = (kind, ...)
    config = pydantic.ConfigDict(extra=rng.choice(["ignore", "ignore", "forbid", "allow"]))
    made = pydantic.create_model(f"Model{rng.randrange(10**6)}", __config__=config, **fields)
    models.append(made)
    return made


class Cat(pydantic.BaseModel):
    pet_type: typing.Literal["cat"]
    meows: int


class Dog(pydantic.BaseModel):
    pet_type: typing.Literal["dog"]
    barks: float


class Owner(pydantic.BaseModel):
    pet: typing.Union[Cat, Dog] = pydantic.Field(discriminator="pet_type")
    spare: list[typing.Union[Cat, Dog]] = []


class Tree(pydantic.BaseModel):
    value: int
    children: list["Tree"] = []


def pydantic_schema(rng):
    roll = rng.random()
    if roll < 0.05:
        return rng.choice([Owner, Tree]).model_json_schema()
    made = model(rng, 3, [])
    return made.model_json_schema(mode=rng.choice(["validation", "serialization"]))


def zod_type(rng, depth, newest):
    """z.string(), z.number(), ... as zod-to-json-schema (draft-07) or z.toJSONSchema (2020-12) write them."""
    whole = {"type": "integer"} | ({"minimum": -LARGEST, "maximum": LARGEST} if newest else {})
    simple = [
        {"type": "string"}, {"type": "number"}, whole, {"type": "boolean"}, {"type": "null"}, {},
        {"type": "string", "minLength": 1, "maxLength": 255}, {"type": "string", "enum": ["draft", "sent", "paid"]},
        {"type": "string", "const": "fixed"}, {"type": "integer", "exclusiveMinimum": 0} | ({"maximum": LARGEST} if newest else {}),
        {"type": "number", "minimum": 0, "maximum": 100}, {"type": "number", "multipleOf": 0.01},
        {"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, {"type": "string", "format": "uri"},
        {"type": "string", "format": "ipv4"}, {"type": "string", "pattern": "^[a-z0-9-]+$"},
    ]
    if newest:
        simple += [
            {"type": "string", "format": "email", "pattern":
                "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$"},
            {"type": "string", "format": "uuid", "pattern":
                "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
                "|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"},
        ]
    else:
        simple += [{"type": "string", "format": "email"}, {"type": "string", "format": "uuid"}]
    if depth <= 0 or rng.random() < 0.45:
        return rng.choice(simple)
    inner = zod_type(rng, depth - 1, newest)
    kind = rng.randrange(9)
    if kind == 0:
        return {"anyOf": [inner, {"type": "null"}]}
    if kind == 1:
        return {"type": "array", "items": inner}
    if kind == 2:
        return {"type": "object", "additionalProperties": inner} | (
            {"propertyNames": {"type": "string"}} if newest else {})
    if kind == 3:
        second = zod_type(rng, depth - 1, newest)
        if newest:
            return {"type": "array", "prefixItems": [inner, second], "items": False, "minItems": 2}
        return {"type": "array", "minItems": 2, "maxItems": 2, "items": [inner, second]}
    if kind == 4:
        return {"anyOf": [inner, zod_type(rng, depth - 1, newest)]}
    if kind == 5:
        # Of two objects that share no member, as an intersection of two models is.
        parts = [zod_object(rng, depth - 1, newest, closed=False, words=words) for words in (WORDS[::2], WORDS[1::2])]
        return {"allOf": parts}
    if kind == 6:
        variants = []
        for tag in ["circle", "square", "line"][:rng.randrange(2, 4)]:
            variant = zod_object(rng, depth - 1, newest)
            variant["properties"] = {"type": {"type": "string", "const": tag}} | variant["properties"]
            variant["required"] = ["type"] + variant.get("required", [])
            variants.append(variant)
        return {"oneOf" if newest else "anyOf": variants}
    if kind == 7:
        return {"type": ["string", "null"]} if not newest else {"default": "x", "type": "string"}
    return zod_object(rng, depth - 1, newest)


def zod_object(rng, depth, newest, closed=True, words=WORDS):
    names = rng.sample(words, rng.randrange(1, 6))
    result = {"type": "object", "properties": {name: zod_type(rng, depth, newest) for name in names}}
    required = [name for name in names if rng.random() < 0.7]
    if required:
        result["required"] = required
    if closed and rng.random() < 0.85:
        result["additionalProperties"] = rng.choice([False, False, False, {}])
    return result


def zod_schema(rng):
    newest = rng.random() < 0.5
    result = zod_object(rng, 3, newest)
    if newest:
        return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | result
    return {"$schema": "http://json-schema.org/draft-07/schema#"} | result


def strict_type(rng, depth):
    simple = [
        {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "boolean"}, {"type": ["string", "null"]},
        {"type": "string", "enum": ["low", "medium", "high"]}, {"type": "string", "description": "free text"},
        {"type": "number", "minimum": -130, "maximum": 130}, {"type": "string", "pattern": "^@[a-zA-Z0-9_]+$"},
        {"type": "string", "format": rng.choice(["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6",
                                                  "uuid"])},
        {"type": "integer", "multipleOf": 10}, {"const": "fixed", "type": "string"},
    ]
    if depth <= 0 or rng.random() < 0.45:
        return rng.choice(simple)
    kind = rng.randrange(5)
    if kind == 0:
        return {"anyOf": [strict_type(rng, depth - 1), {"type": "null"}]}
    if kind == 1:
        return {"type": "array", "items": strict_type(rng, depth - 1)} | rng.choice([{}, {"minItems": 1, "maxItems": 5}])
    if kind == 2:
        return {"anyOf": [strict_object(rng, depth - 1), strict_object(rng, depth - 1)]}
    if kind == 3:
        return {"$ref": "#/$defs/step"}
    return strict_object(rng, depth - 1)


def strict_object(rng, depth):
    names = rng.sample(WORDS, rng.randrange(1, 6))
    return {"type": "object", "properties": {name: strict_type(rng, depth) for name in names}, "required": names,
            "additionalProperties": False}


def strict_schema(rng):
    result = strict_object(rng, 3)
    # A reference to the whole must leave a way to end.
    text = rng.choice(WORDS)
    result["properties"][text] = {"anyOf": [{"$ref": "#"}, {"type": "null"}]}
    if text not in result["required"]:
        result["required"].append(text)
    result["$defs"] = {"step": {"type": "object", "properties": {"explanation": {"type": "string"},
                                                                "next": {"anyOf": [{"$ref": "#/$defs/step"},
                                                                                   {"type": "null"}]}},
                                "required": ["explanation", "next"], "additionalProperties": False}}
    return result


def draw(seed):
    """A schema by one of the tools, three in turn."""
    rng = random.Random(seed)
    return [pydantic_schema, zod_schema, strict_schema][seed % 3](rng)
