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

    /// Keywords beside a keyword apply, too.
    static let intersections = [
        Schema(schema: #"{"type":"string","enum":["a",1]}"#, values: [#""a""#], others: ["1"]),
        Schema(schema: #"{"enum":["ab","c"],"pattern":"^.$"}"#, values: [#""c""#], others: [#""ab""#]),
        Schema(
            schema: ##"{"$ref":"#/$defs/S","maxLength":2,"$defs":{"S":{"type":"string"}}}"##,
            values: [#""ab""#, #""""#],
            others: [#""abc""#, "1"]),
        Schema(
            schema: #"{"type":"integer","anyOf":[{"minimum":5},{"maximum":-5}]}"#, values: ["5", "-5", "100"],
            others: ["4", "-4", "0", "5.5", #""x""#]),
        Schema(
            schema: #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"#
                + #""anyOf":[{"required":["a"]},{"required":["b"]}]}"#,
            values: [#"{"a":1}"#, #"{"b":1}"#, #"{"a":1,"b":2}"#], others: ["{}", #"{"a":""}"#, "1"]),
        Schema(
            schema: #"{"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"integer"}}}],"#
                + #""required":["a"]}"#,
            values: [#"{"a":1}"#, #"{"a":1,"b":2}"#], others: ["{}", #"{"b":2}"#, #"{"a":1,"b":null}"#]),
        Schema(
            schema: #"{"allOf":[{"type":"string"}],"maxLength":2}"#, values: [#""ab""#], others: [#""abc""#, "null"]),
        Schema(schema: #"{"allOf":[{"type":"string"},{"title":"x"}]}"#, values: [#""ab""#], others: ["{}", "null"]),
        Schema(
            schema: ##"{"oneOf":[{"$ref":"#/$defs/A"},{"$ref":"#/$defs/B"}],"required":["k"],"$defs":{"##
                + #""A":{"type":"object","properties":{"k":{"const":"a"}}},"#
                + #""B":{"type":"object","properties":{"k":{"const":"b"}}}}}"#,
            values: [#"{"k":"a"}"#, #"{"k":"b"}"#], others: ["{}", #"{"k":"c"}"#]),
        Schema(
            schema: #"{"type":"object","additionalProperties":{"type":"integer"},"required":["a"]}"#,
            values: [#"{"a":1}"#, #"{"a":1,"b":2}"#], others: [#"{"a":null}"#, "{}", #"{"b":2}"#]),
        Schema(
            schema:
                #"{"properties":{"a":{"minimum":1}},"allOf":[{"properties":{"a":{"type":"integer","maximum":3}}}]}"#,
            values: ["{}", #"{"a":1}"#, #"{"a":3}"#], others: [#"{"a":0}"#, #"{"a":4}"#, #"{"a":1.5}"#]),
        Schema(
            schema: #"{"properties":{"a":true},"allOf":[{"properties":{"b":true},"additionalProperties":false}]}"#,
            values: ["{}", #"{"b":1}"#], others: [#"{"a":1}"#]),
        Schema(
            schema: #"{"type":["integer","string","null"],"minimum":3,"maxLength":1,"enum":[1,3,"a","ab",null,true]}"#,
            values: ["3", #""a""#, "null"], others: ["1", #""ab""#, "true"]),
        Schema(
            schema:
                #"{"items":{"minimum":2},"prefixItems":[{"type":"integer"}],"allOf":[{"items":{"type":"integer"}}]}"#,
            values: ["[]", "[0]", "[0,2,3]"], others: ["[0,1]", "[0,2.5]", #"["x"]"#]),
        Schema(
            schema: #"{"type":"array","items":{"type":"integer"},"enum":[[1],["a"],[]]}"#, values: ["[1]", "[]"],
            others: [#"["a"]"#, "[2]"]),
        Schema(
            schema: #"{"const":{"a":[1.0],"b":null},"enum":[{"b":null,"a":[1]},{"a":[2]}]}"#,
            values: [#"{"b":null,"a":[1]}"#], others: [#"{"a":[2]}"#]),
        Schema(schema: #"{"type":"integer","enum":[1.0,1.5,2e0]}"#, values: ["1.0", "2e0"], others: ["1.5"]),
    ]

    static let alternatives = [
        Schema(
            schema: #"{"oneOf":[{"type":"integer"},{"type":"string"}]}"#, values: ["1", #""a""#], others: ["null"]),
        Schema(
            schema: #"{"oneOf":[{"type":"integer","minimum":0},{"type":"integer","maximum":10}]}"#,
            values: ["-1", "11"], others: ["0", "5", "10"]),
        Schema(
            schema: #"{"oneOf":[{"type":"string","pattern":"^a"},{"type":"string","maxLength":2}]}"#,
            values: [#""abc""#, #""b""#, #""""#], others: [#""a""#, #""ab""#, #""bcd""#]),
        Schema(
            schema: #"{"oneOf":[{"required":["a"]},{"required":["b"]}],"properties":{"a":true,"b":true}}"#,
            values: [#"{"a":1}"#, #"{"b":1}"#], others: ["{}", #"{"a":1,"b":1}"#]),
        Schema(
            schema: #"{"oneOf":[{"minLength":2},{"minimum":3}]}"#, values: [#""a""#, "2"],
            others: [#""ab""#, "3", "null"]),
        Schema(
            schema: #"{"oneOf":[{"enum":[1,2,3]},{"enum":[3,4]}]}"#, values: ["1", "2", "4"], others: ["3"]),
        Schema(
            schema: #"{"type":"string","oneOf":[{"format":"date"},{"format":"date-time"}]}"#,
            values: [#""2026-02-28""#, #""2026-02-28T10:00:00Z""#], others: [#""2026-02-30""#, #""x""#]),
        Schema(schema: #"{"type":["string","null"],"not":{"type":"null"}}"#, values: [#""a""#], others: ["null"]),
        Schema(
            schema: #"{"type":"integer","minimum":1,"maximum":5,"not":{"enum":[2,4,"x"]}}"#, values: ["1", "3", "5"],
            others: ["2", "4", "0"]),
        Schema(
            schema: #"{"type":"string","not":{"const":"ab"}}"#, values: [#""a""#, #""abc""#, #""""#],
            others: [#""ab""#, #""\u0061b""#]),
        Schema(
            schema: #"{"type":"string","not":{"pattern":"b","minLength":3}}"#, values: [#""ab""#, #""acd""#],
            others: [#""abc""#]),
        Schema(schema: #"{"not":{"type":["array","object","string"]}}"#, values: ["1", "null"], others: ["[]", "{}"]),
        Schema(
            schema: #"{"type":"object","properties":{"a":true,"b":true},"not":{"required":["a"]}}"#,
            values: ["{}", #"{"b":1}"#], others: [#"{"a":1}"#]),
        Schema(
            schema: #"{"type":"object","properties":{"a":{"type":"integer"}},"#
                + #""not":{"properties":{"a":{"minimum":3}},"required":["a"]}}"#,
            values: ["{}", #"{"a":2}"#], others: [#"{"a":3}"#]),
        Schema(
            schema: #"{"type":"array","items":{"type":"integer"},"not":{"maxItems":1}}"#, values: ["[1,2]"],
            others: ["[]", "[1]"]),
        Schema(
            schema: #"{"type":"array","items":{"type":"integer"},"not":{"const":[]}}"#, values: ["[1]"],
            others: ["[]"]),
        Schema(
            schema: #"{"type":"integer","not":{"not":{"minimum":3}}}"#, values: ["3", "4"], others: ["2"]),
        Schema(
            schema: #"{"type":"integer","multipleOf":3,"not":{"multipleOf":1,"minimum":10}}"#, values: ["9", "-3"],
            others: ["12", "4"]),
    ]

    static let objects = [
        Schema(
            schema: #"{"type":"object","properties":{"a":{"type":"integer"},"b":false}}"#, values: ["{}", #"{"a":1}"#],
            others: [#"{"b":1}"#]),
        Schema(
            schema: #"{"properties":{"a":true,"b":true,"c":true},"minProperties":2}"#,
            values: [#"{"a":1,"b":1}"#, #"{"a":1,"c":1}"#, #"{"b":1,"c":1}"#, #"{"a":1,"b":1,"c":1}"#],
            others: ["{}", #"{"b":1}"#]),
        Schema(
            schema: #"{"properties":{"a":true,"b":true,"c":true},"required":["b"],"maxProperties":2}"#,
            values: [#"{"b":1}"#, #"{"a":1,"b":1}"#, #"{"b":1,"c":1}"#],
            others: [#"{"a":1,"b":1,"c":1}"#, #"{"a":1}"#]),
        Schema(
            schema: #"{"additionalProperties":{"type":"null"},"minProperties":2,"maxProperties":3}"#,
            values: [#"{"ab":null,"c":null}"#, #"{"ab":null,"c":null,"d":null}"#],
            others: [#"{"a":null}"#, #"{"a":null,"a":null}"#, #"{"ab":null,"c":null,"d":null,"e":null}"#]),
        Schema(
            schema: #"{"properties":{"a":true},"additionalProperties":true,"maxProperties":2}"#,
            values: [#"{"a":1,"b":2}"#, #"{"b":1,"c":2}"#], others: [#"{"a":1,"b":2,"c":3}"#]),
        Schema(
            schema: #"{"properties":{"a":true},"minProperties":2}"#, values: [#"{"a":1,"x":2}"#],
            others: [#"{"a":1}"#]),
        Schema(
            schema: #"{"properties":{"a":true,"b":true},"dependentRequired":{"a":["b"]}}"#,
            values: ["{}", #"{"b":1}"#, #"{"a":1,"b":1}"#], others: [#"{"a":1}"#]),
        Schema(
            schema:
                #"{"properties":{"a":true,"b":true},"dependentSchemas":{"a":{"properties":{"b":{"type":"null"}}}}}"#,
            values: [#"{"b":1}"#, #"{"a":1}"#, #"{"a":1,"b":null}"#], others: [#"{"a":1,"b":1}"#]),
        Schema(
            schema: #"{"properties":{"a":true,"b":true},"dependencies":{"a":["b"],"b":{"required":["a"]}}}"#,
            values: ["{}", #"{"a":1,"b":1}"#], others: [#"{"a":1}"#, #"{"b":1}"#]),
        Schema(
            schema:
                #"{"patternProperties":{"^x":{"type":"integer"},"y$":{"type":"null"}},"additionalProperties":false}"#,
            values: ["{}", #"{"x":1}"#, #"{"ay":null}"#], others: [#"{"x":null}"#, #"{"xy":1}"#, #"{"a":1}"#]),
        Schema(
            schema: #"{"properties":{"x1":{"minimum":3}},"patternProperties":{"^x":{"type":"integer"}}}"#,
            values: [#"{"x1":3}"#, #"{"x1":3,"x2":0}"#, "{}"], others: [#"{"x1":2}"#, #"{"x1":3.5}"#, #"{"x2":""}"#]),
        Schema(
            schema: #"{"propertyNames":{"pattern":"^[a-z]+$","maxLength":2},"additionalProperties":{"type":"null"}}"#,
            values: ["{}", #"{"ab":null}"#], others: [#"{"abc":null}"#, #"{"A":null}"#, #"{"":null}"#]),
        Schema(
            schema: #"{"properties":{"e\u0301":{"type":"null"}},"additionalProperties":{"type":"integer"}}"#,
            values: ["{\"e\u{301}\":null,\"\u{e9}\":1}"], others: ["{\"\u{e9}\":null}", "{\"e\u{301}\":1}"]),
        Schema(
            schema: #"{"required":["b","a"],"properties":{"a":{"type":"null"}}}"#, values: [#"{"a":null,"b":[1]}"#],
            others: [#"{"a":null}"#, #"{"b":1}"#]),
    ]

    static let arrays = [
        Schema(
            schema: #"{"type":"array","items":{"enum":["a","b","c"]},"uniqueItems":true}"#,
            values: ["[]", #"["b"]"#, #"["c","a"]"#, #"["b","c","a"]"#], others: [#"["a","a"]"#, #"["a","b","a"]"#]),
        Schema(
            schema: #"{"items":{"enum":[1,1.0,2,true]},"uniqueItems":true,"minItems":2,"maxItems":2}"#,
            values: ["[1,2]", "[true,1]"], others: ["[1]", "[1,2,true]", "[2,2]"]),
        Schema(
            schema: #"{"items":{"type":"integer","minimum":1,"maximum":20},"uniqueItems":true,"minItems":2}"#,
            values: ["[1,20]", "[3,4,5]"], others: ["[1]", "[3,3]", "[21,22]"]),
        Schema(schema: #"{"items":true,"uniqueItems":true,"maxItems":1}"#, values: ["[]", "[1]"], others: ["[1,2]"]),
        Schema(
            schema: #"{"prefixItems":[{"const":1},{"const":2}],"items":false,"uniqueItems":true}"#,
            values: ["[]", "[1]", "[1,2]"], others: ["[1,1]"]),
        Schema(
            schema: #"{"items":[{"type":"string"},{"type":"integer"}],"additionalItems":{"type":"null"},"minItems":1}"#,
            values: [#"["x"]"#, #"["x",1,null,null]"#], others: ["[]", "[1]", #"["x",1,1]"#]),
        Schema(
            schema: #"{"items":[{"type":"string"}],"additionalItems":false}"#, values: ["[]", #"["x"]"#],
            others: [#"["x",1]"#]),
        Schema(
            schema: #"{"prefixItems":[{"type":"string"},false],"minItems":1}"#, values: [#"["x"]"#],
            others: [#"["x",1]"#, "[]"]),
        Schema(
            schema: #"{"items":{"type":"string","const":1},"type":"array"}"#, values: ["[]"],
            others: ["[1]", #"["1"]"#]),
        Schema(
            schema: #"{"type":"array","items":{"type":"null"},"minItems":2.0,"maxItems":3e0}"#,
            values: ["[null,null]"], others: ["[null]", "[null,null,null,null]"]),
    ]

    static let scalars = [
        Schema(
            schema: #"{"type":"string","format":"duration"}"#,
            values: [#""P1Y2M3DT4H5M6S""#, #""P3W""#, #""PT10M""#, #""P7D""#],
            others: [#""P""#, #""PT""#, #""P1Y3D""#, #""P1DT""#, #""1D""#, #""P1W2D""#]),
        Schema(
            schema: #"{"type":"string","format":"uri","minLength":1,"maxLength":2083}"#,
            values: [#""https://example.com/a/b""#], others: [#""example""#, #""https://""#]),
        Schema(
            schema: #"{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991}"#,
            values: ["0", "9007199254740991", "-9007199254740991", "123"],
            others: ["9007199254740992", "-9007199254740992", "1.0"]),
        Schema(
            schema: #"{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}"#,
            values: ["9223372036854775807", "-9223372036854775808"], others: ["9223372036854775808"]),
        Schema(
            schema: #"{"type":"string","minLength":1.0,"maxLength":3,"pattern":"^[a-z]*$"}"#,
            values: [#""a""#, #""abc""#], others: [#""""#, #""abcd""#, #""A""#]),
        Schema(
            schema: #"{"format":"int64","nullable":true,"x-unknown":[],"type":"integer"}"#, values: ["1"],
            others: ["null"]),
        Schema(schema: #"{"type":"string","format":"unheard-of"}"#, values: [#""x""#], others: ["1"]),
        Schema(
            schema: #"{"type":"integer","multipleOf":7,"minimum":-15,"maximum":30}"#,
            values: ["-14", "0", "28"], others: ["-15", "29", "1"]),
    ]

    static let references = [
        Schema(
            schema: ##"{"$defs":{"a b/c~d%":{"type":"null"}},"$ref":"#/$defs/a%20b~1c~0d%25"}"##, values: ["null"],
            others: ["1"]),
        Schema(
            schema: ##"{"type":["object","null"],"properties":{"n":{"$ref":"#"}},"additionalProperties":false}"##,
            values: ["null", "{}", #"{"n":{"n":null}}"#], others: ["1", #"{"n":1}"#]),
        Schema(
            schema: ##"{"$ref":"#node","$defs":{"x":{"$anchor":"node","type":"integer"}}}"##, values: ["1"],
            others: ["null"]),
        Schema(
            schema:
                ##"{"$id":"http://x.org/s","$ref":"http://x.org/s#/definitions/a","definitions":{"a":{"const":1}}}"##,
            values: ["1"], others: ["2"]),
        Schema(
            schema:
                ##"{"$defs":{"in":{"$id":"inner","$defs":{"a":{"const":1}},"properties":{"x":{"$ref":"#/$defs/a"}}},"##
                + ##""a":{"const":2}},"properties":{"p":{"$ref":"inner"},"q":{"$ref":"#/$defs/a"}}}"##,
            values: [#"{"p":{"x":1},"q":2}"#], others: [#"{"p":{"x":2}}"#, #"{"q":1}"#]),
        Schema(
            schema: ##"{"properties":{"v":{"type":"integer"},"next":{"$ref":"#","required":["v"]}}}"##,
            values: ["{}", #"{"next":{"v":1,"next":{"v":2}}}"#], others: [#"{"next":{}}"#, #"{"next":{"next":{}}}"#]),
        Schema(
            schema: ##"{"$ref":"#/$defs/t","$defs":{"t":{"anyOf":[{"type":"null"},{"type":"array","items":"##
                + ##"{"allOf":[{"$ref":"#/$defs/t"},{"maxItems":1}]}}]}}}"##,
            values: ["null", "[null,[null],[[]]]"], others: ["[[null,null]]", "1"]),
        Schema(
            schema: ##"{"properties":{"const":{"type":"integer"},"b":{"$ref":"#/properties/const"}}}"##,
            values: [#"{"const":1,"b":2}"#], others: [#"{"b":null}"#]),
        Schema(
            schema: ##"{"type":"object","properties":{"a":{"not":{"$ref":"#"},"type":["object","null"],"##
                + ##""properties":{"a":true}}}}"##,
            values: ["{}", #"{"a":null}"#], others: [#"{"a":{}}"#]),
    ]

    @Test(arguments: schemas + intersections + alternatives + objects + arrays + scalars + references)
    func `a schema's grammar has its values and no others`(schema: Schema) throws {
        let grammar = try Grammar(jsonSchema: schema.schema)
        for value in schema.values { #expect(try matches(grammar, value), "\(value)") }
        for value in schema.others { #expect(try !matches(grammar, value), "\(value)") }
    }

    /// Objects and arrays are counted as the text goes on, not written out.
    @Test(arguments: [
        #"{"type":"array","maxItems":10000,"items":{"type":"object","properties":{"a":{"type":"string"}}}}"#,
        #"{"type":"string","maxLength":100000}"#,
        #"{"type":"string","maxLength":2147483647}"#,
    ])
    func `great counts take no more states than small ones`(schema: String) throws {
        #expect(try Grammar(jsonSchema: schema).stateCount < 10_000)
    }

    @Test func `any combination of optional members can be written`() throws {
        let names = ["a", "b", "c", "d"]
        let properties = names.map { #""\#($0)":{"type":"null"}"# }.joined(separator: ",")
        let grammar = try Grammar(jsonSchema: #"{"type":"object","properties":{\#(properties)}}"#)
        for subset in 0..<16 {
            let members = names.indices.filter { subset >> $0 & 1 == 1 }.map { #""\#(names[$0])":null"# }
            #expect(try matches(grammar, "{\(members.joined(separator: ","))}"))
        }
    }
}
