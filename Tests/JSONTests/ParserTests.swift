import JSON
import TestSupport
import Testing

/// The reader of JSON texts.
@Suite struct ParserTests {
    static let text = #"{"a": [1, -2.5e3, true, null, "x\n\u00e9\ud83d\ude00\/"], "b": {"é": {}}, "a": 3}"#

    @Test func `members keep their order and numbers their text; the last of a name counts`() throws {
        let value = try JSONParser.parse(Self.text)
        let first = JSONValue.array([.number("1"), .number("-2.5e3"), .bool(true), .null, .string("x\né😀/")])
        #expect(
            value
                == .object([
                    .init("a", first), .init("b", .object([.init("é", .object([]))])), .init("a", .number("3")),
                ]))
        #expect(value["a"]?.int == 3)
        #expect(value.text == #"{"a":[1,-2.5e3,true,null,"x\né😀/"],"b":{"é":{}},"a":3}"#)
    }

    @Test(arguments: [
        ("7", 7 as Int?, 7.0 as Double?), ("-0", 0, 0), ("2.0", 2, 2), ("1e3", 1_000, 1_000), ("0.5", nil, 0.5),
        ("9223372036854775807", .max, 0x1p63), ("9223372036854775808", nil, 0x1p63), ("1e400", nil, nil),
        ("true", nil, nil), ("\"1\"", nil, nil),
    ])
    func `numbers are read as what they fit in`(text: String, int: Int?, double: Double?) throws {
        let value = try JSONParser.parse(text)
        #expect(value.int == int)
        #expect(value.double == double)
    }

    /// What Python's `json` writes for floats that JSON has no numbers for.
    @Test(arguments: ["NaN", "Infinity", "-Infinity", "[0.0, Infinity]", "{\"a\": -Infinity}"])
    func `numbers that are not finite are read on demand only`(text: String) throws {
        let value = try JSONParser.parse(Array(text.utf8).span, allowsNonFinite: true)
        #expect(value.text == text.replacing(" ", with: ""))
        #expect(throws: JSONError.self) { try JSONParser.parse(text) }
    }

    @Test(arguments: ["nan", "Nan", "-NaN", "infinity", "Inf", "+Infinity", "Infinityx", "-", "-Infinit"])
    func `nothing else is taken for such a number`(text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.utf8).span, allowsNonFinite: true) }
    }

    @Test func `a number that is not finite is neither a whole number nor one to compute with`() throws {
        let value = try JSONParser.parse(Array("[NaN, Infinity, -Infinity]".utf8).span, allowsNonFinite: true)
        for item in try #require(value.items) { #expect(item.int == nil && item.double == nil) }
    }

    @Test(arguments: [
        ("", 0, "the text ends where a value should be"), ("[1,]", 3, "no value begins so"),
        ("{\"a\" 1}", 5, "expected ':'"), ("01", 1, "more than one value"), ("\"\\x\"", 3, "an unknown escape"),
        ("\"\u{1}\"", 1, "a control character within a string"), ("\"a", 2, "a string without its end"),
        ("\"\\ud800\"", 7, "half of a surrogate pair"), ("-", 1, "expected a digit"),
        ("{1:2}", 1, "expected a member's name in quotes"), ("[1 2]", 3, "expected ',' or ']'"),
    ])
    func `what is no JSON is an error that says where`(text: String, offset: Int, problem: String) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(text) }
        #expect(error?.offset == offset)
        #expect(error?.problem == problem)
    }

    @Test func `bytes that are not UTF-8 are an error, a byte order mark is not`() throws {
        let broken: [UInt8] = [0x22, 0x61, 0xC3, 0x22]
        #expect(throws: JSONError.self) { try JSONParser.parse(broken.span) }
        #expect(try JSONParser.parse("\u{FEFF}[]") == .array([]))
    }

    @Test func `strings that differ in their bytes only stay apart`() throws {
        let value = try JSONParser.parse(#"["\u00e9", "e\u0301"]"#)
        #expect(value.items?.map { Array(($0.string ?? "").utf8) } == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
    }

    @Test func `nesting is limited`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSONParser.parse(nested(128)) }
        #expect(throws: JSONError.self) { try JSONParser.parse(nested(129)) }
        #expect(throws: JSONError.self) { try JSONParser.parse(String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test func `no change of bytes is more than an error`() {
        var random = SeededRandom(seed: 1)
        let bytes = Array(Self.text.utf8)
        for length in 0...bytes.count {
            let start = Array(bytes[..<length])
            _ = try? JSONParser.parse(start.span)
        }
        for _ in 0..<5_000 {
            var changed = bytes
            for _ in 0...random.below(3) { changed[random.below(changed.count)] = UInt8(random.below(256)) }
            _ = try? JSONParser.parse(changed.span)
        }
    }
}
