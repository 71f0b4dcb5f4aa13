import Grammars
import Testing

/// JSON schemas as grammars.
@Suite struct SchemaTests {
    struct Schema: Sendable, CustomTestStringConvertible {
        var schema: String
        var values: [String]
        var others: [String]

        var testDescription: String { schema }
    }

    static let schemas = [
        Schema(
            schema: #"{}"#, values: [#"{"a": [1, -2.5e3, null, "x\n\u00e9"]}"#, "true", "\"é\""],
            others: ["", "{", "01", "nul", #""\ud800""#, "[1,]"]),
        Schema(schema: #"{"type":"boolean"}"#, values: ["true", "false"], others: ["null", "1"]),
        Schema(
            schema: #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]}"#,
            values: [#"{"a":1}"#, #"{"a": 1, "b": "x"}"#, "{\n  \"a\": 0\n}"],
            others: ["{}", #"{"b":"x"}"#, #"{"a":1,}"#, #"{"a":1,"c":2}"#, #"{"b":"x","a":1}"#, #"{"a":1.5}"#]),
        Schema(
            schema: #"{"properties":{"a":true,"b":true}}"#, values: ["{}", #"{"b":1}"#, #"{"a":[],"b":{}}"#],
            others: [#"{,"b":1}"#, #"{"a":1 "b":2}"#]),
        Schema(
            schema: #"{"properties":{"ab":{"type":"null"}},"additionalProperties":{"type":"integer"}}"#,
            values: [#"{"ab":null,"abc":1}"#, #"{"a":1,"":2}"#, #"{"b":3}"#], others: [#"{"ab":1}"#, #"{"a":null}"#]),
        Schema(
            schema: #"{"type":"object","additionalProperties":{"type":"integer"},"minProperties":1}"#,
            values: [#"{"x":1,"y":2}"#], others: ["{}", #"{"x":""}"#]),
        Schema(
            schema: #"{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}"#,
            values: ["[1]", "[1, 2,3]"], others: ["[]", "[1,2,3,4]", "[1 2]"]),
        Schema(
            schema: #"{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false,"minItems":1}"#,
            values: [#"["x"]"#, #"["x",1]"#], others: ["[]", "[1]", #"["x",1,2]"#]),
        Schema(
            schema: #"{"prefixItems":[{"type":"string"}],"items":{"type":"null"},"maxItems":2}"#,
            values: ["[]", #"["x"]"#, #"["x",null]"#], others: [#"["x",null,null]"#, "[null]"]),
        Schema(
            schema: #"{"enum":["a\"b",1,null,{"k":[1]}]}"#, values: [#""a\"b""#, "1", "null", #"{"k":[1]}"#],
            others: ["2"]),
        Schema(schema: #"{"const":"é"}"#, values: ["\"é\""], others: ["\"e\""]),
        Schema(
            schema: #"{"type":["string","null"],"maxLength":2}"#, values: ["null", #""😀é""#, #""\n\t""#],
            others: [#""abc""#]),
        Schema(schema: #"{"minLength":2}"#, values: [#""ab""#], others: [#""a""#, "1"]),
        Schema(
            schema: #"{"pattern":"^[A-Z]{2}-\\d+(\\.|\")$"}"#, values: [#""AB-12.""#, #""AB-1\"""#],
            others: [#""AB-""#, #""xAB-1.""#, #""AB-1""#]),
        Schema(schema: #"{"pattern":"b+"}"#, values: [#""abc""#, #""b""#], others: [#""ac""#]),
        Schema(
            schema: #"{"type":"integer","minimum":-12,"exclusiveMaximum":105}"#,
            values: ["-12", "-1", "0", "99", "104"], others: ["-13", "105", "1.0", "-0", "007"]),
        Schema(
            schema: #"{"type":"number","minimum":0,"maximum":1}"#, values: ["0", "1", "0.5", "0.999"],
            others: ["1.1", "-0.1", "2"]),
        Schema(
            schema: #"{"type":"number","exclusiveMinimum":0.2,"maximum":0.7}"#, values: ["0.3", "0.5"],
            others: ["0.2", "0.8", "0.71", "1"]),
        Schema(
            schema: #"{"type":"integer","multipleOf":5}"#, values: ["0", "5", "-10", "12345"],
            others: ["1", "12", "05"]),
        Schema(
            schema: ##"{"anyOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#"}}]}"##,
            values: ["1", "[1,[2,[]]]"], others: [#"["x"]"#]),
        Schema(
            schema: ##"{"$defs":{"n/a":{"properties":{"next":{"$ref":"#/$defs/n~1a"}}}},"$ref":"#/$defs/n~1a"}"##,
            values: ["{}", #"{"next":{"next":{}}}"#], others: [#"{"next":1}"#]),
        Schema(
            schema: ##"{"allOf":[{"$ref":"#/$defs/a"},{"properties":{"y":{"type":"null"}},"required":["y"]}],"##
                + ##""$defs":{"a":{"properties":{"x":{"type":"integer"}},"required":["x"]}}}"##,
            values: [#"{"x":1,"y":null}"#], others: [#"{"x":1}"#, #"{"y":null}"#]),
        Schema(schema: #"{"type":"string","format":"date"}"#, values: [#""2026-02-28""#], others: [#""2026-13-01""#]),
        Schema(schema: #"{"format":"ipv4"}"#, values: [#""192.168.0.255""#], others: [#""1.2.3.256""#]),
        Schema(
            schema: #"{"type":"string","format":"uuid"}"#, values: [#""01234567-89ab-cdef-0123-456789abcdef""#],
            others: [#""0""#]),
    ]

    @Test(arguments: schemas) func `a schema's grammar has its values and no others`(schema: Schema) throws {
        let grammar = try Grammar(jsonSchema: schema.schema)
        for value in schema.values { #expect(try matches(grammar, value), "\(value)") }
        for value in schema.others { #expect(try !matches(grammar, value), "\(value)") }
    }
}
