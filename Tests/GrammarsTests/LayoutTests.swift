import Grammars
import Testing

/// The white space between the tokens of JSON.
@Suite struct LayoutTests {
    static let schema =
        #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{"type":"null"}}}"#

    static let printed = [
        #"{"a":[1,2],"b":null}"#, #"{"a": [1, 2], "b": null}"#, #"{ "a": [ 1, 2 ], "b": null }"#,
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": null\n}", "{\n\t\"a\": [\n\t\t1\n\t]\n}",
        "{\n    \"a\": [\n        1\n    ]\n}", "{}", "{\n}", "{\"a\":[],\n\"b\":null}",
    ]

    static let others = [
        #"{"a" :[]}"#, #"{"a":  []}"#, #"{"a":[1 ,2]}"#, #"{"a":[1,  2]}"#, "{\"a\":\n[]}", "{\"a\":[1\t,2]}",
        "{\"a\":[1,\t2]}",
        "{\"a\":[1,\n\n2]}", "{\"a\":[1,\r\n2]}", "{\"a\":[1,\n" + String(repeating: "\t", count: 24) + "2]}",
        "{\"a\":[1,\n" + String(repeating: " ", count: 41) + "2]}", "{\"a\":[1, \n2]}", "{\"a\":[1,\n \t2]}", " {}",
        "{} ",
    ]

    @Test(arguments: printed) func `what printers write is allowed`(text: String) throws {
        for layout in [Layout(.printed), Layout(.any)] {
            #expect(try matches(Grammar(jsonSchema: Self.schema, layout: layout), text))
        }
    }

    @Test(arguments: others) func `other white space takes an option`(text: String) throws {
        #expect(try !matches(Grammar(jsonSchema: Self.schema), text))
        let isWithin = !text.hasPrefix(" ") && !text.hasSuffix(" ")
        #expect(try matches(Grammar(jsonSchema: Self.schema, layout: Layout(.any)), text) == isWithin)
    }
}
