#!/usr/bin/env python3
"""Lets a model write JSON for random schemas and checks every answer with the `jsonschema` package.

    pip install jsonschema==4.26.0
    python check_schemas.py SWIFTLET MODEL.gguf --count 200

The model's weights may be random: the grammar alone makes its answers valid. Prints each failure, then a count.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile

import jsonschema


def schema(rng, depth):
    kinds = ["string", "integer", "number", "boolean", "null", "enum", "const", "pattern", "format"]
    if depth > 0:
        kinds += ["object", "array", "tuple", "anyOf", "map", "types"] * 2
    kind = rng.choice(kinds)
    if kind == "string":
        low = rng.randrange(4)
        return {"type": "string", "minLength": low, "maxLength": low + rng.randrange(8)}
    if kind == "integer":
        low = rng.randrange(-2000, 2000)
        high = low + 1 + rng.randrange(3000)
        return {"type": "integer", "minimum": low, rng.choice(["maximum", "exclusiveMaximum"]): high}
    if kind == "number":
        low = rng.choice([rng.randrange(-50, 50), round(rng.uniform(-9, 9), 2)])
        high = low + rng.choice([0.5, 1, 2, 40])
        return {"type": "number", rng.choice(["minimum", "exclusiveMinimum"]): low, "maximum": high}
    if kind == "enum":
        return {"enum": rng.sample(["a", "é\"\\", 1, 2.5, None, True, [1, {"x": []}], ""], 3)}
    if kind == "const":
        return {"const": rng.choice(["x y", -3, {"k": [None]}, "\n"])}
    if kind == "pattern":
        patterns = ["^[a-f]{2,4}$", "^(ab|c\\d)+$", "^\\w+@\\w+\\.(com|org)$", "^[^x]?y$"]
        return {"type": "string", "pattern": rng.choice(patterns)}
    if kind == "format":
        return {"type": "string", "format": rng.choice(["date", "time", "date-time", "uuid", "ipv4"])}
    if kind == "types":
        return {"type": rng.sample(["boolean", "null", "integer"], 2)}
    if kind == "anyOf":
        return {"anyOf": [schema(rng, depth - 1) for _ in range(2)]}
    if kind == "array":
        low = rng.randrange(3)
        return {"type": "array", "items": schema(rng, depth - 1), "minItems": low, "maxItems": low + rng.randrange(3)}
    if kind == "tuple":
        items = [schema(rng, depth - 1) for _ in range(1 + rng.randrange(2))]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": rng.randrange(len(items) + 1)}
    if kind == "map":
        return {"type": "object", "additionalProperties": schema(rng, depth - 1), "maxProperties": 3}
    if kind == "object":
        names = rng.sample(["a", "b c", "né", "q\"", "long_name", "z"], 1 + rng.randrange(4))
        properties = {name: schema(rng, depth - 1) for name in names}
        result = {"type": "object", "properties": properties, "required": [n for n in names if rng.random() < 0.5]}
        if rng.random() < 0.2:
            result["additionalProperties"] = {"type": "boolean"}
        elif rng.random() < 0.5:
            result["additionalProperties"] = False
        return result
    return {"type": kind}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("swiftlet")
    parser.add_argument("model")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=400)
    args = parser.parse_args()
    failures = 0
    for seed in range(args.count):
        wanted = schema(random.Random(seed), 3)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(wanted, file)
            file.flush()
            command = [args.swiftlet, "run", "-m", args.model, "-p", "JSON:", "--json-schema", file.name,
                       "-n", str(args.tokens), "--seed", str(seed), "--temperature", "1.5", "--top-k", "0",
                       "--top-p", "1"]
            run = subprocess.run(command, capture_output=True, text=True)
        try:
            jsonschema.validate(json.loads(run.stdout), wanted)
        except Exception as error:
            failures += 1
            print(f"seed {seed}: {type(error).__name__}: {str(error)[:200]}\n  schema {json.dumps(wanted)}\n"
                  f"  text {run.stdout[:200]!r} {run.stderr[:200]}")
    print(f"{args.count - failures} of {args.count} valid")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
