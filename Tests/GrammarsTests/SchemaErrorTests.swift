import Grammars
import Testing

/// JSON schemas that no grammar is made of.
@Suite struct SchemaErrorTests {
    @Test(arguments: [
        (#"{"properties":{"a":{"type":"text"}}}"#, "#/properties/a", "unknown type 'text'"),
        (#"{"type":[]}"#, "#", "'type' must be a string or an array of strings"),
        (#"{"items":{"enum":[]}}"#, "#/items", "'enum' must be an array with at least one value"),
        (#"{"anyOf":[]}"#, "#", "'anyOf' must be an array with at least one schema"),
        (#"{"properties":{"a/b~":3}}"#, "#/properties/a~1b~0", "a schema is an object, true or false"),
        (#"{"minLength":-1}"#, "#", "'minLength' must be a whole number, 0 or more"),
        (#"{"maxItems":1.5}"#, "#", "'maxItems' must be a whole number, 0 or more"),
        (#"{"minimum":"1"}"#, "#", "'minimum' must be a number"),
        (#"{"multipleOf":0}"#, "#", "'multipleOf' must be above 0"),
        (#"{"required":["a",1]}"#, "#", "'required' must be an array of names"),
        (#"{"uniqueItems":1}"#, "#", "'uniqueItems' must be true or false"),
        (#"{"dependentRequired":{"a":"b"}}"#, "#", "'dependentRequired' must have an array of names for each name"),
        (#"{"prefixItems":[true],"items":[true]}"#, "#", "'items' must be a schema beside 'prefixItems'"),
        ("3", "#", "a schema is an object, true or false"),
    ])
    func `a keyword with a wrong value is an error that says where`(schema: String, path: String, problem: String) {
        #expect(throws: GrammarError.schema(path: path, problem: problem)) { try Grammar(jsonSchema: schema) }
    }

    @Test(arguments: [
        (#"{"contains":{"const":1}}"#, "#", "'contains' is not supported"),
        (#"{"items":{"unevaluatedProperties":false}}"#, "#/items", "'unevaluatedProperties' is not supported"),
        (
            #"{"properties":{"a":{"if":{"const":1},"then":{"type":"null"}}}}"#, "#/properties/a",
            "'if' is not supported; write what it means with 'anyOf'"
        ),
        (##"{"$dynamicRef":"#a"}"##, "#", "'$dynamicRef' is not supported"),
        (
            #"{"properties":{"a":{"type":"array","uniqueItems":true}}}"#, "#/properties/a",
            "'uniqueItems' is supported for items of 'enum', 'const', boolean and null, and whole numbers "
                + "within bounds; "
                + "leave it out, and see to equal items after"
        ),
        (
            #"{"prefixItems":[{"enum":[1,2]},{"enum":[2,3]}],"uniqueItems":true}"#, "#",
            "'uniqueItems' is not supported beside 'prefixItems' whose values may be equal"
        ),
        (
            #"{"type":"number","not":{"type":"integer"}}"#, "#",
            "'not' cannot be kept to exactly, for numbers that are not whole, or no multiples, cannot be written "
                + "alone; "
                + "say what is allowed"
        ),
        (
            #"{"type":"object","properties":{"x":{"not":{"const":{"a":1}},"type":"object"}}}"#, "#/properties/x",
            "'not' cannot be kept to exactly, for one object among others cannot be left out; say what is allowed"
        ),
        (
            #"{"oneOf":[{"type":"array","items":{"type":"integer"}},{"type":"array","items":{"type":"number"}}]}"#, "#",
            "'oneOf' cannot be kept to exactly, for an array with one item of another kind cannot be told from the "
                + "others; "
                + "use 'anyOf', or alternatives that exclude each other"
        ),
        (
            #"{"minProperties":2,"propertyNames":{"maxLength":0}}"#, "#",
            "'minProperties' asks for 2 members that are not listed; name them in 'properties', or ask for fewer"
        ),
        (
            #"{"propertyNames":{"format":"date"}}"#, "#",
            "'format' within 'propertyNames' is not supported; use 'pattern'"
        ),
        (#"{"minLength":100001}"#, "#", "'minLength' above 100000 is not supported"),
        (#"{"pattern":"a\\b"}"#, "#", "'pattern', character 3: the word boundary '\\b' is not supported"),
    ])
    func `what cannot be kept to exactly is refused by keyword and place`(
        schema: String, path: String, problem: String
    ) {
        #expect(throws: GrammarError.schema(path: path, problem: problem)) { try Grammar(jsonSchema: schema) }
    }

    @Test(arguments: [
        (#"{"type":"string","const":3}"#, "#", "'type' and 'const' allow no value together"),
        (#"{"const":1,"enum":[2]}"#, "#", "'const' and 'enum' allow no value together"),
        (#"{"minItems":2,"maxItems":1}"#, "#", "'minItems' and 'maxItems' allow no value together"),
        (
            #"{"type":"object","properties":{"b":{"type":"integer"}},"additionalProperties":false,"required":["a"]}"#,
            "#", "'type', 'additionalProperties' and 'required' allow no value together"
        ),
        (
            #"{"properties":{"a":false},"required":["a"]}"#, "#",
            "'properties' and 'required' allow no value together"
        ),
        (
            #"{"type":"integer","allOf":[{"minimum":1.5},{"maximum":1.75}]}"#, "#/allOf/1",
            "'type' (#), 'minimum' (#/allOf/0) and 'maximum' allow no value together"
        ),
        (
            ##"{"$ref":"#/$defs/S","maxLength":1,"$defs":{"S":{"type":"string","minLength":2}}}"##, "#/$defs/S",
            "'maxLength' (#), 'type' and 'minLength' allow no value together"
        ),
        (
            #"{"type":"string","pattern":"^a","allOf":[{"pattern":"^b"}]}"#, "#/allOf/0",
            "'type' (#), 'pattern' (#) and 'pattern' allow no value together"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string","const":1}},"required":["a"]}"#, "#/properties/a",
            "'type' and 'const' allow no value together"
        ),
        (#"{"not":{}}"#, "#", "'not' excludes every value that the other keywords allow"),
        (#"{"type":"null","not":{"type":"null"}}"#, "#", "'not' excludes every value that the other keywords allow"),
        (
            #"{"type":"string","anyOf":[{"const":1},{"type":"null"}]}"#, "#",
            "'anyOf': no alternative has a value that the other keywords allow"
        ),
        (
            #"{"oneOf":[{"const":1},{"enum":[1]}]}"#, "#",
            "'oneOf': no alternative has a value that the other keywords allow"
        ),
        (
            #"{"type":"string","format":"email","maxLength":3}"#, "#",
            "no string that is written for its 'format' meets its 'pattern' and lengths too"
        ),
        ("false", "#", "false describes no value"),
        (#"{"type":"string","allOf":[false]}"#, "#", "false describes no value"),
        (
            ##"{"properties":{"a":{"$ref":"#"}},"required":["a"]}"##, "#",
            "every value contains another one of its kind, without end"
        ),
    ])
    func `a schema without a value is an error that names the keywords`(
        schema: String, path: String, problem: String
    ) {
        #expect(throws: GrammarError.schema(path: path, problem: problem)) { try Grammar(jsonSchema: schema) }
    }

    @Test(arguments: [
        (
            #"{"$ref":"other.json"}"#,
            "'$ref' to 'other.json': only places in the same document are supported; copy it to '$defs'"
        ),
        (##"{"$ref":"#/$defs/x"}"##, "'$ref' to '#/$defs/x', which the document does not have"),
        (
            ##"{"$ref":"#x","$defs":{"a":{"const":{"$anchor":"x"}}}}"##,
            "'$ref' to '#x', which the document does not have"
        ),
        (##"{"$ref":"#/%zz"}"##, "'$ref' to '#/%zz': its percent encoding is wrong"),
        (##"{"$ref":"#/allOf/01","allOf":[true,true]}"##, "'$ref' to '#/allOf/01', which the document does not have"),
        (#"{"$ref":7}"#, "'$ref' must be a string"),
        (##"{"$ref":"#"}"##, "'$ref' leads back to itself"),
        (##"{"allOf":[{"$ref":"#"},{"type":"null"}]}"##, "'$ref' leads back to itself"),
        (##"{"anyOf":[{"type":"null"},{"$ref":"#"}]}"##, "'anyOf' leads back to itself through '$ref'"),
        (##"{"not":{"$ref":"#"}}"##, "'not' leads back to itself through '$ref'"),
        (##"{"type":"object","propertyNames":{"$ref":"#"}}"##, "'propertyNames' leads to itself"),
    ])
    func `a reference that leads nowhere is an error`(schema: String, problem: String) {
        #expect(throws: GrammarError.schema(path: "#", problem: problem)) { try Grammar(jsonSchema: schema) }
    }

    @Test(arguments: ["", "{", "[1,]", "{\"a\" 1}", "01", "\"\\x\"", "nul", "1 2", "\"\u{1}\"", "\"\\ud800\""])
    func `what is no JSON is an error`(text: String) {
        #expect {
            try Grammar(jsonSchema: text)
        } throws: {
            if case GrammarError.json = $0 { true } else { false }
        }
    }
}

/// JSON schemas that are made to take long, or much memory.
@Suite struct HostileSchemaTests {
    @Test func `hostile nesting is an error`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: GrammarError.self) { try Grammar(jsonSchema: text) }
    }

    @Test func `a long chain, name or tuple is an error or a grammar, never a full stack`() throws {
        let count = 5_000
        let chain = Self.chain(count) { ##"{"$ref":"#/$defs/a\##($0)"}"## }
        #expect(try matches(try Grammar(jsonSchema: chain), "null"))
        let name = String(repeating: "x", count: 100_000)
        #expect(throws: GrammarError.self) {
            try Grammar(jsonSchema: #"{"properties":{"\#(name)":true},"additionalProperties":true}"#)
        }
        let items = Array(repeating: "true", count: 100_000).joined(separator: ",")
        #expect(throws: GrammarError.self) { try Grammar(jsonSchema: #"{"prefixItems":[\#(items)]}"#) }
    }

    /// Schemas that multiply: alternatives within or beside each other, negations of them, patterns.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            chain(5_000) { ##"{"anyOf":[{"$ref":"#/$defs/a\##($0)"},{"type":"null"}]}"## },
            chain(60) { ##"{"anyOf":[{"$ref":"#/$defs/a\##($0)","title":"x"},{"$ref":"#/$defs/a\##($0)"}]}"## },
            list("allOf", 14) { index in
                let alternatives = (0..<4).map { #"{"properties":{"a\#(index)":{"const":\#($0)}}}"# }
                return #"{"anyOf":[\#(alternatives.joined(separator: ","))]}"#
            },
            #"{"type":"object","not":"#
                + list("anyOf", 20) { #"{"properties":{"a\#($0)":{"const":1}},"required":["b\#($0)"]}"# } + "}",
            #"{"dependentRequired":{\#((0..<20).map { #""k\#($0)":["m\#($0)"]"# }.joined(separator: ","))}}"#,
            #"{"patternProperties":{\#((0..<14).map { #""a.{\#($0)}b":{"minimum":\#($0)}"# }.joined(separator: ","))}}"#,
            list("oneOf", 40) {
                #"{"type":"object","properties":{"a\#($0)":{"type":"string"},"b":{"minLength":\#($0)}}}"#
            },
        ])
    func `alternatives without end are refused in time`(schema: String) {
        #expect {
            try Grammar(jsonSchema: schema)
        } throws: {
            if case GrammarError.schema = $0 { true } else { false }
        }
    }

    /// Definitions a0 to a(count), each of the next one, the last of null.
    private static func chain(_ count: Int, _ link: (Int) -> String) -> String {
        let links = (0..<count).map { #""a\#($0)":"# + link($0 + 1) }.joined(separator: ",")
        return ##"{"$ref":"#/$defs/a0","$defs":{"## + links + ##","a\##(count)":{"type":"null"}}}"##
    }

    private static func list(_ keyword: String, _ count: Int, _ schema: (Int) -> String) -> String {
        #"{"\#(keyword)":[\#((0..<count).map(schema).joined(separator: ","))]}"#
    }
}
