#!/usr/bin/env python3
"""Lets a model write JSON for many schemas and checks every answer with the `jsonschema` package.

    pip install 'jsonschema[format]==4.26.0' regex pydantic email-validator
    python check_schemas.py SWIFTLET MODEL.gguf --kind random --count 200

The model's weights may be random: the grammar alone makes its answers valid. Prints each failure, why schemas were refused,
and counts. Schemas are `random` (all keywords within each other), `shaped` as pydantic, zod and OpenAI's strict mode write
them, or `cases`, keyword by keyword.
"""
import argparse
import collections
import concurrent.futures
import json
import re
import subprocess
import sys
import tempfile

import random_schemas
import schema_cases
import shaped_schemas
import validation

KINDS = {"random": random_schemas.draw, "shaped": shaped_schemas.draw, "cases": schema_cases.draw}


def write(args, schema, seed):
    """A model's answer, or the error."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(schema, file)
        file.flush()
        command = [args.swiftlet, "run", "-m", args.model, "-p", "a", "-n", str(args.tokens), "--json-schema", file.name,
                   "--temperature", "1.5", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--seed", str(seed)]
        return subprocess.run(command, capture_output=True, text=True)


def check(args, number):
    """Why the schema was refused, or what is wrong with its answers."""
    schema = KINDS[args.kind](number)
    checker = validation.validator(schema)
    for seed in range(args.seeds):
        run = write(args, schema, seed)
        if run.returncode != 0:
            reason = run.stderr.strip().splitlines()[-1:] or [f"status {run.returncode}"]
            return "refused" if "the JSON schema" in run.stderr else "failed", reason[0], schema
        try:
            problem = validation.problem(checker, validation.read(run.stdout))
        except ValueError as error:
            problem = f"no JSON: {error}"
        if problem:
            return "failed", f"{problem}\n  text {run.stdout[:300]!r}", schema
    return "valid", "", schema


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("swiftlet")
    parser.add_argument("model")
    parser.add_argument("--kind", choices=KINDS, default="random")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    counts, reasons = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        numbers = range(args.first, args.first + args.count)
        for number, (result, reason, schema) in zip(numbers, pool.map(lambda number: check(args, number), numbers)):
            counts[result] += 1
            if result == "refused":
                reasons[re.sub(r"at #[^ ]*: ", "", reason)] += 1
            if result == "failed":
                print(f"{args.kind} {number}: {reason}\n  schema {json.dumps(schema)}")
    for reason, count in reasons.most_common():
        print(f"refused {count}: {reason}")
    print(", ".join(f"{count} {result}" for result, count in counts.items()))
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
