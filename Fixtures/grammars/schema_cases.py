"""Schemas keyword by keyword, with what stands beside and around each: the corners that validators disagree on."""
DEFS = {"$defs": {"int": {"type": "integer"}, "short": {"type": "string", "maxLength": 2}, "a b": {"type": "null"},
                  "t~/": {"const": 1}, "100%": {"const": 2}, "list": {"type": "array", "items": {"$ref": "#/$defs/list"}},
                  "tree": {"type": "object", "properties": {"v": {"type": "integer"}, "kids": {
                      "type": "array", "items": {"$ref": "#/$defs/tree"}}}, "required": ["v"]}}}

CASES = [
    # type
    {"type": "integer"}, {"type": ["integer", "string"]}, {"type": ["integer", "number"]}, {"type": "null"},
    {"type": ["null", "boolean"], "enum": [None, 1, False]},
    # const, enum
    {"const": 1.0, "type": "integer"}, {"const": {"a": [1]}, "enum": [{"a": [1.0]}]}, {"enum": [[], {}, "", 0, False, None]},
    {"enum": [{"b": 1, "a": 2}], "const": {"a": 2, "b": 1}}, {"enum": ["é", "e\u0301"], "not": {"const": "é"}},
    {"enum": [1, True], "not": {"const": True}}, {"enum": [0, False], "not": {"const": 0.0}},
    {"enum": [[1, [2, {"a": 3}]], "x"], "type": "array", "maxItems": 2},
    # numbers
    {"type": "number", "minimum": 0.1, "maximum": 0.3}, {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "integer", "minimum": 0.5, "maximum": 2.5}, {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 3},
    {"type": "integer", "multipleOf": 7, "minimum": -20, "maximum": 20}, {"type": "number", "multipleOf": 0.5, "minimum": 1},
    {"type": "number", "multipleOf": 0.01, "maximum": 1, "minimum": 0}, {"type": "integer", "multipleOf": 2.5, "maximum": 20},
    {"type": "integer", "minimum": 2**63 - 10, "maximum": 2**63 - 1}, {"type": "integer", "maximum": -2**63 + 3, "minimum": -2**63},
    {"type": "number", "minimum": 5, "maximum": 5}, {"type": "number", "minimum": -1e3, "maximum": -1e-3},
    {"type": "integer", "allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "minimum": 0},
    {"type": "number", "minimum": 3, "not": {"minimum": 5}}, {"type": "integer", "not": {"const": 0}, "minimum": -1, "maximum": 1},
    {"type": "integer", "minimum": 0, "maximum": 9, "not": {"enum": [1, 3, 5, 7.0, "x"]}},
    # strings
    {"type": "string", "minLength": 2, "maxLength": 2}, {"type": "string", "maxLength": 0},
    {"type": "string", "minLength": 3, "pattern": "^a*b?$"}, {"type": "string", "pattern": "^a", "allOf": [{"pattern": "b$"}]},
    {"type": "string", "pattern": "a", "not": {"pattern": "b"}, "maxLength": 4},
    {"type": "string", "pattern": "^\\d+$", "minLength": 2, "maxLength": 3}, {"type": "string", "format": "ipv4", "minLength": 9},
    {"type": "string", "format": "date", "pattern": "^20"}, {"type": "string", "not": {"enum": ["", "a", "\"", "\\"]}, "maxLength": 1},
    {"type": "string", "not": {"minLength": 1}}, {"type": "string", "anyOf": [{"format": "uuid"}, {"format": "ipv6"}]},
    {"type": "string", "enum": ["2020-02-30", "2020-02-28"], "format": "date"},
    # arrays
    {"type": "array", "items": False}, {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
    {"type": "array", "prefixItems": [True, False]}, {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "null"}},
    {"type": "array", "items": {"enum": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, "uniqueItems": True, "minItems": 3},
    {"type": "array", "items": {"enum": [[1], {"a": 1}, "x"]}, "uniqueItems": True},
    {"type": "array", "items": {"enum": [0, False, 1, True, 1.0]}, "uniqueItems": True, "minItems": 2},
    {"type": "array", "items": {"type": "integer"}, "allOf": [{"items": {"minimum": 3}}, {"prefixItems": [{"maximum": 4}]}]},
    {"type": "array", "prefixItems": [{"const": 1}], "minItems": 2, "items": {"type": "boolean"}, "maxItems": 4},
    {"type": "array", "not": {"prefixItems": [{"type": "string"}]}, "items": {"type": ["string", "null"]}},
    {"type": "array", "maxItems": 3, "items": {"enum": [1, 2]}, "not": {"items": {"const": 1}}},
    {"type": "array", "uniqueItems": True, "prefixItems": [{"type": "string"}, {"type": "null"}], "items": False},
    {"enum": [[1, 1], [1, 2]], "uniqueItems": True}, {"enum": [[1, 1.0], [1, True]], "uniqueItems": True},
    # objects
    {"type": "object", "properties": {"a": False, "b": True}}, {"type": "object", "required": ["x", "a"]},
    {"type": "object", "additionalProperties": False}, {"type": "object", "additionalProperties": {"type": "integer"}},
    {"type": "object", "properties": {"a": {"const": 1}}, "additionalProperties": {"const": 2}, "minProperties": 2},
    {"type": "object", "minProperties": 3, "maxProperties": 3}, {"type": "object", "maxProperties": 0},
    {"type": "object", "properties": {k: {"const": k} for k in "abcd"}, "minProperties": 2, "maxProperties": 3},
    {"type": "object", "properties": {k: {} for k in "abc"}, "required": ["b"], "maxProperties": 1},
    {"type": "object", "propertyNames": {"maxLength": 2}, "additionalProperties": {"type": "null"}},
    {"type": "object", "propertyNames": {"enum": ["a", "b"]}, "minProperties": 1},
    {"type": "object", "propertyNames": False}, {"type": "object", "propertyNames": {"const": "k"}, "required": ["k"]},
    {"type": "object", "patternProperties": {"^a": {"type": "integer"}, "b$": {"minimum": 3}}, "minProperties": 1},
    {"type": "object", "patternProperties": {"^a": {"type": "integer"}}, "properties": {"ab": {"maximum": 5}, "b": {}},
     "additionalProperties": False, "required": ["ab"]},
    {"type": "object", "patternProperties": {"": {"type": "integer"}}, "additionalProperties": False},
    {"type": "object", "patternProperties": {"x": False}, "additionalProperties": {"type": "null"}},
    {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "dependentRequired": {"a": ["b"], "b": ["c"]}},
    {"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}, "dependentSchemas": {"a": {"properties": {
        "b": {"minimum": 5}}}}},
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "not": {"required": ["a", "b"]}},
    {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "not": {"properties": {"a": {"const": 1}}}},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"},
     "allOf": [{"properties": {"b": {"maxLength": 1}}}, {"required": ["b"]}]},
    # combinations
    {"anyOf": [{"type": "integer"}, {"minimum": 2}]}, {"oneOf": [{"type": "integer"}, {"minimum": 2}]},
    {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 2}], "maximum": 1},
    {"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}], "type": "integer", "minimum": 0, "maximum": 6},
    {"oneOf": [{"maxLength": 2}, {"minLength": 2}], "type": "string"}, {"oneOf": [True, False, {"type": "string"}]},
    {"oneOf": [{"const": "a"}, {"const": "b"}, {"const": "a"}]}, {"anyOf": [False, {"const": 1}]},
    {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}],
     "properties": {"a": {"const": 1}, "b": {"const": 2}}},
    {"oneOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "integer"}}}], "type": "object"},
    {"allOf": [{"enum": [1, 2, 3]}, {"enum": [2, 3, 4]}, {"not": {"const": 3}}]}, {"not": {"not": {"type": "integer"}}},
    {"allOf": [{"anyOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, {"anyOf": [{"minimum": 10}, {"maximum": -10}]}],
     "type": "integer"},
    {"not": {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "array"}]}}, {"not": {"enum": [None, True, "x", 1]}},
    {"not": {"allOf": [{"type": "integer"}, {"minimum": 3}]}, "type": "integer"}, {"type": "array", "not": {"const": []}},
    {"type": "object", "not": {"const": {}}}, {"not": {"oneOf": [{"const": 1}, {"const": 2}]}, "enum": [1, 2, 3]},
    # references
    {"$ref": "#/$defs/int", "minimum": 3}, {"$ref": "#/$defs/a%20b"}, {"$ref": "#/$defs/t~0~1"}, {"$ref": "#/%24defs/100%25"},
    {"allOf": [{"$ref": "#/$defs/short"}], "minLength": 1}, {"$ref": "#/$defs/list", "maxItems": 2},
    {"$ref": "#/$defs/tree"}, {"type": "object", "properties": {"x": {"$ref": "#"}, "y": {"$ref": "#", "required": ["x"]}}},
    {"type": "array", "items": {"$ref": "#"}, "maxItems": 2}, {"properties": {"$ref": {"$ref": "#/$defs/int"}}, "required": ["$ref"]},
    {"anyOf": [{"$ref": "#/$defs/tree"}, {"$ref": "#/$defs/list"}]}, {"oneOf": [{"$ref": "#/$defs/int"}, {"$ref": "#/$defs/short"}]},
    # annotations
    {"type": "integer", "title": "t", "description": "d", "default": "x", "examples": [1], "deprecated": True, "readOnly": True,
     "$comment": "c", "nullable": True, "x-kind": 3}, {"type": "string", "contentEncoding": "base64", "format": "color"},
]


def draw(index):
    return CASES[index % len(CASES)] | DEFS
