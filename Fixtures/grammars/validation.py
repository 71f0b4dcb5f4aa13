"""Checks values against JSON schemas as Draft 2020-12 with asserted formats, patterns as ECMA-262 has them.

Takes the packages jsonschema[format] and regex of PyPI: Python's own regular expressions have other `\\s`, `\\d`, `$`
and no `\\p{...}`.
"""
import decimal
import functools
import json

import jsonschema
import regex

SPACES = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": SPACES}


@functools.cache
def compiled(pattern):
    """An ECMA-262 pattern, as the regex package reads it."""
    result, place, within = "", 0, False
    while place < len(pattern):
        character = pattern[place]
        place += 1
        if character == "\\":
            escaped = pattern[place]
            place += 1
            if escaped in CLASSES:
                result += CLASSES[escaped] if within else f"[{CLASSES[escaped]}]"
            elif escaped in "DWS":
                if within:
                    raise ValueError(f"\\{escaped} within a class")
                result += f"[^{CLASSES[escaped.lower()]}]"
            else:
                result += "\\" + escaped
        elif character == "." and not within:
            result += "[^\\n\\r\\u2028\\u2029]"
        elif character == "$" and not within:
            result += "\\Z"
        else:
            within = {"[": True, "]": False}.get(character, within)
            result += character
    return regex.compile(result)


def pattern(validator, text, instance, schema):
    if validator.is_type(instance, "string") and not compiled(text).search(instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {text!r}")


def pattern_properties(validator, patterns, instance, schema):
    if validator.is_type(instance, "object"):
        for text, subschema in patterns.items():
            for name, value in instance.items():
                if compiled(text).search(name):
                    yield from validator.descend(value, subschema, path=name, schema_path=text)


def additional_properties(validator, others, instance, schema):
    if validator.is_type(instance, "object"):
        patterns = [compiled(text) for text in schema.get("patternProperties", {})]
        for name, value in instance.items():
            if name not in schema.get("properties", {}) and not any(p.search(name) for p in patterns):
                yield from validator.descend(value, others, path=name)


KEYWORDS = {"pattern": pattern, "patternProperties": pattern_properties, "additionalProperties": additional_properties}
NEWEST = jsonschema.validators.extend(jsonschema.Draft202012Validator, KEYWORDS)
DRAFT_7 = jsonschema.validators.extend(jsonschema.Draft7Validator, KEYWORDS)


def read(text):
    """JSON with its numbers as they are, not rounded to doubles."""
    def number(digits):
        value = decimal.Decimal(digits)
        return int(value) if value.adjusted() < 400 and value == value.to_integral_value() else value
    return json.loads(text, parse_float=number)


def validator(schema):
    """A validator of the draft that the schema names."""
    schema = read(json.dumps(schema))
    is_old = isinstance(schema, dict) and "draft-07" in str(schema.get("$schema", ""))
    kind = DRAFT_7 if is_old else NEWEST
    kind.check_schema(schema, format_checker=jsonschema.FormatChecker([]))
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def problem(checker, value):
    """What is wrong with a value; None for a valid one."""
    error = next(checker.iter_errors(value), None)
    return error and f"{error.message[:200]} at {'/'.join(map(str, error.schema_path))}"
