import Foundation
import Grammars
import JSON
import TestSupport
import Testing

/// `pattern` of a JSON schema: which texts it is found in.
@Suite struct PatternTests {
    struct Pattern: Sendable, CustomTestStringConvertible {
        var pattern: String
        var texts: [String]
        var others: [String]

        var testDescription: String { pattern }
    }

    /// Results of a JavaScript engine; see `Fixtures/grammars/check_patterns.mjs`.
    private static func reference() throws -> [Pattern] {
        func strings(_ value: Substring) throws -> [String] {
            try #require(try JSONParser.parse(String(value)).items).map { try #require($0.string) }
        }
        let text = try String(contentsOfFile: Fixtures.path("grammars/patterns.tsv"), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t")
            try #require(fields.count == 3)
            let pattern = try #require(try JSONParser.parse(String(fields[0])).string)
            return Pattern(pattern: pattern, texts: try strings(fields[1]), others: try strings(fields[2]))
        }
    }

    @Test func `a pattern is found where a JavaScript engine finds it`() throws {
        let patterns = try Self.reference()
        #expect(patterns.count > 300)
        for pattern in patterns {
            let language = try TextLanguage(pattern: pattern.pattern, at: "#")
            for text in pattern.texts {
                #expect(language.contains(text), "\(pattern.pattern): \(text.debugDescription)")
            }
            for text in pattern.others {
                #expect(!language.contains(text), "\(pattern.pattern): \(text.debugDescription)")
            }
            let opposite = try language.complemented()
            for text in pattern.texts {
                #expect(!opposite.contains(text), "\(pattern.pattern): \(text.debugDescription)")
            }
            for text in pattern.others {
                #expect(opposite.contains(text), "\(pattern.pattern): \(text.debugDescription)")
            }
        }
    }

    @Test func `a schema's strings are those in which its pattern is found`() throws {
        for pattern in try Self.reference().prefix(100) where !pattern.texts.isEmpty {
            let schema = "{\"type\":\"string\",\"pattern\":\(JSONValue.quoted(pattern.pattern))}"
            let grammar = try Grammar(jsonSchema: schema)
            for text in pattern.texts.prefix(10) {
                let value = JSONValue.quoted(text)
                #expect(try matches(grammar, value), "\(pattern.pattern): \(value)")
            }
            for text in pattern.others.prefix(10) {
                let value = JSONValue.quoted(text)
                #expect(try !matches(grammar, value), "\(pattern.pattern): \(value)")
            }
        }
    }

    @Test(arguments: [
        ("\\bword", "'pattern', character 2: the word boundary '\\b' is not supported"),
        ("a\\B", "'pattern', character 3: the word boundary '\\B' is not supported"),
        ("(a)\\1", "'pattern', character 5: the back reference '\\1' is not regular"),
        ("(?<n>a)\\k<n>", "'pattern', character 9: the back reference '\\k' is not regular"),
        ("(?<=a)b", "'pattern', character 3: look-behind '(?<=' is not regular here"),
        ("(?<!a)b", "'pattern', character 3: look-behind '(?<!' is not regular here"),
        ("a(?=b)", "'pattern': look-ahead is supported only directly after '^' at its beginning"),
        ("(?i)a", "'pattern', character 2: '(?i': flags within a pattern are not supported"),
        ("(?i:a)", "'pattern', character 2: '(?i': flags within a pattern are not supported"),
        (
            "\\p{Script=Greek}",
            "'pattern', character 16: the property 'Script=Greek' is not supported: use general categories such as \\p{L}"
        ),
        (
            "\\p{Cs}",
            "'pattern', character 6: the property 'Cs' is not supported: use general categories such as \\p{L}"
        ),
        ("a**", "'pattern', character 2: nothing to repeat before '*'"),
        ("^*", "'pattern', character 2: nothing to repeat: an anchor has no characters"),
        ("+a", "'pattern', character 1: nothing to repeat before '+'"),
        ("{2}", "'pattern', character 1: nothing to repeat before '{'"),
        ("a{3,2}", "'pattern', character 6: a repetition of at least 3, at most 2 times"),
        ("a)", "'pattern', character 1: an unexpected ')'"),
        ("(a", "'pattern', character 2: a group without ')'"),
        ("[a", "'pattern', character 2: a class without ']'"),
        ("[z-a]", "'pattern', character 4: an empty range in a class"),
        ("[\\d-z]", "'pattern', character 5: a range of a class from or to more than one character"),
        ("a\\", "'pattern', character 2: a backslash at the end"),
        ("\\ud800", "'pattern', character 6: '\\u' with a number that is no character"),
        ("\\u{110000}", "'pattern', character 10: '\\u' with a number that is no character"),
        ("\\y", "'pattern', character 2: '\\y' is not an escape of ECMA-262"),
        ("a{1000000}", "'pattern', character 2: a count above 100000"),
    ])
    func `what is no pattern, or not regular, is an error that says where`(pattern: String, problem: String) {
        #expect(throws: GrammarError.schema(path: "#", problem: problem)) {
            try TextLanguage(pattern: pattern, at: "#")
        }
    }

    static let hostile = [
        "(a{1000}){1000}", "((a{1,100}){1,100}){1,100}", "(a|b)*a(a|b){40}", "((a*)*)*b", "(x+x+)+y", "(.*a){30}",
        String(repeating: "(", count: 100_000), String(repeating: "[", count: 100_000),
        String(repeating: "(a|", count: 90) + String(repeating: ")", count: 90),
        (0..<10_000).map { "word\($0)" }.joined(separator: "|"),
        "^(" + (0..<10_000).map { "\($0 * 7919)x*" }.joined(separator: "|") + ")$",
        "^(\\p{L}\\p{N}?){1,500}$", "^[\\s\\S]{0,100000}$", String(repeating: "a?", count: 5_000) + "b",
        String(repeating: "(a?", count: 99) + String(repeating: ")*", count: 99), "(){100000}", "((){100000}){100000}",
        "^(?!(a|b)*a(a|b){40})", String(repeating: "(?:\\p{L}|\\p{N}|.)*", count: 200),
    ]

    @Test(arguments: hostile) func `a hostile pattern is a language or an error`(pattern: String) {
        do throws(GrammarError) {
            _ = try TextLanguage(pattern: pattern, at: "#").isEmpty
            let schema = "{\"pattern\":\(JSONValue.quoted(pattern)),\"minLength\":3,\"maxLength\":1000}"
            _ = try Grammar(jsonSchema: schema)
        } catch {
            #expect("\(error)".contains("pattern") || error == .tooLarge, "\(error)")
        }
    }

    @Test func `any text is a pattern or an error`() {
        let parts = [
            "a", "(", ")", "[", "]", "{", "}", "2", ",", "*", "+", "?", "|", "^", "$", "\\", "u", "p", "-", ".", "é",
            "(?:",
        ]
        var state: UInt64 = 99
        var known = 0
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int(next(&state) % 9) { text += parts[Int(next(&state) % UInt64(parts.count))] }
            if (try? TextLanguage(pattern: text, at: "#")) != nil { known += 1 }
        }
        #expect(known > 1_000)
    }
}
