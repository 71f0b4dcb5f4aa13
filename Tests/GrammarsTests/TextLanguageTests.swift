import Grammars
import JSON
import Testing

/// Sets of texts: patterns, formats, lengths and lists, and what becomes of them together.
@Suite struct TextLanguageTests {
    struct Format: Sendable, CustomTestStringConvertible {
        var name: String
        var texts: [String]
        var others: [String]

        var testDescription: String { name }
    }

    static let formats = [
        Format(
            name: "date", texts: ["2024-02-29", "2000-02-29", "2023-01-31", "0001-12-31", "9999-04-30"],
            others: [
                "2023-02-29", "1900-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-01-00", "0000-01-01",
                "2023-1-1",
            ]),
        Format(
            name: "time", texts: ["00:00:00Z", "23:59:59.123+14:00", "12:30:00-03:30"],
            others: ["24:00:00Z", "12:60:00Z", "12:30Z", "12:30:00", "12:30:00+24:00"]),
        Format(
            name: "date-time", texts: ["2024-02-29T12:00:00Z", "1999-12-31T23:59:59.5+01:00"],
            others: ["2023-02-29T12:00:00Z", "2024-02-29 12:00:00Z", "2024-02-29"]),
        Format(
            name: "uuid", texts: ["01234567-89ab-cdef-0123-456789ABCDEF"],
            others: ["0123456789abcdef0123456789abcdef", "g1234567-89ab-cdef-0123-456789abcdef"]),
        Format(
            name: "email", texts: ["a@b.co", "first.last+tag@mail.example.org", "x_1@a-b.info"],
            others: ["a@b", "a b@c.de", ".a@b.co", "a..b@c.de", "@b.co", "a@-b.co"]),
        Format(
            name: "hostname", texts: ["localhost", "www.example.com", "a-b.c1.de"],
            others: ["-a.com", "a..b", "a_b.com", "xn--a.com", "1.2.3.4", ""]),
        Format(
            name: "ipv4", texts: ["0.0.0.0", "192.168.1.255"], others: ["256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4.5"]),
        Format(
            name: "ipv6",
            texts: ["::", "::1", "1:2:3:4:5:6:7:8", "2001:db8::8a2e:370:7334", "fe80::", "::ffff:1.2.3.4"],
            others: [":", "1::2::3", "1:2:3:4:5:6:7", "12345::", "1:2:3:4:5:6:7:8:9", "g::"]),
        Format(
            name: "uri",
            texts: [
                "https://example.com", "http://a.b:8080/c/d?e=f&g=%20#h", "ftp://1.2.3.4/x", "http://[::1]/",
                "mailto:a@b.co", "urn:isbn:0451450523", "file:///etc/hosts",
            ], others: ["example.com", "http://", "https://a b", "http://a/%zz", "//a"]),
    ]

    @Test(arguments: formats) func `a format has texts that strict checkers take`(format: Format) throws {
        let language = try #require(TextLanguage(format: format.name))
        for text in format.texts { #expect(language.contains(text), "\(text)") }
        for text in format.others { #expect(!language.contains(text), "\(text)") }
        let grammar = try Grammar(jsonSchema: "{\"type\":\"string\",\"format\":\"\(format.name)\"}")
        for text in format.texts { #expect(try matches(grammar, "\"\(text)\""), "\(text)") }
        for text in format.others { #expect(try !matches(grammar, "\"\(text)\""), "\(text)") }
    }

    @Test func `every day of four hundred years is a date, and no other`() throws {
        let language = try #require(TextLanguage(format: "date"))
        func padded(_ value: Int, _ digits: Int) -> String {
            String(repeating: "0", count: digits - String(value).count) + String(value)
        }
        for year in 1800..<2200 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (index, days) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in 28...32 {
                    let text = "\(year)-\(padded(index + 1, 2))-\(padded(day, 2))"
                    #expect(language.contains(text) == (day <= days), "\(text)")
                }
            }
        }
    }

    @Test func `a format that is not known is none`() {
        #expect(TextLanguage(format: "color") == nil)
    }

    private static let samples: [String] = {
        var result = [""]
        var layer = [""]
        for _ in 0..<5 {
            layer = layer.flatMap { text in ["a", "b", "é"].map { text + $0 } }
            result += layer
        }
        return result
    }()

    /// A language that is drawn, with a test of its own.
    private func draw(_ state: inout UInt64) throws -> (TextLanguage, (String) -> Bool) {
        switch next(&state) % 4 {
        case 0:
            let low = Int(next(&state) % 4)
            let high = next(&state) % 2 == 0 ? nil : Int(next(&state) % 5)
            return (
                TextLanguage(minLength: low, maxLength: high),
                { $0.unicodeScalars.count >= low && $0.unicodeScalars.count <= high ?? .max }
            )
        case 1:
            let texts = (0..<3).map { _ in Self.samples[Int(next(&state) % 40)] }
            return (TextLanguage(texts: texts), { texts.contains($0) })
        case 2:
            let mark = ["a", "b", "é", "ab", "aa"][Int(next(&state) % 5)]
            return (try TextLanguage(pattern: mark, at: "#"), { $0.contains(mark) })
        default:
            let mark = ["a", "b", "é"][Int(next(&state) % 3)]
            return (try TextLanguage(pattern: "^[^\(mark)]*$", at: "#"), { !$0.contains(mark) })
        }
    }

    @Test(arguments: 1...40) func `languages combine as sets do`(seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        var (language, test) = try draw(&state)
        for _ in 0..<5 {
            let (other, otherTest) = try draw(&state)
            let before = test
            switch next(&state) % 3 {
            case 0:
                language = try language.intersection(other)
                test = { before($0) && otherTest($0) }
            case 1:
                language = try language.union(other)
                test = { before($0) || otherTest($0) }
            default:
                language = try language.complemented()
                test = { !before($0) }
            }
            let found = Self.samples.filter(test)
            for text in Self.samples { #expect(language.contains(text) == test(text), "\(text)") }
            if !found.isEmpty { #expect(!language.isEmpty) }
            guard !language.isEmpty else { continue }
            let grammar = try Grammar(language)
            for text in Self.samples where text.utf8.count < 5 {
                #expect(try matches(grammar, JSONValue.quoted(text)) == test(text), "\(text)")
            }
        }
    }

    @Test func `a language without texts is empty and no string`() throws {
        let pattern = try TextLanguage(pattern: "^[a-z]{2,4}$", at: "#")
        let none = [
            try pattern.intersection(TextLanguage(minLength: 5, maxLength: nil)),
            try pattern.intersection(TextLanguage(texts: ["a", "abcde", "A1"])),
            try pattern.intersection(pattern.complemented()),
            TextLanguage(minLength: 3, maxLength: 2),
            TextLanguage(texts: []),
            try TextLanguage(pattern: "a$b", at: "#"),
            try TextLanguage(pattern: "^(ab)*$", at: "#").intersection(TextLanguage(minLength: 3, maxLength: 3)),
            try TextLanguage(pattern: "^(abc)*$", at: "#").intersection(
                TextLanguage(minLength: 50_000, maxLength: 50_000)),
        ]
        for (index, language) in none.enumerated() {
            #expect(language.isEmpty, "\(index)")
            #expect(throws: GrammarError.schema(path: "#/x", problem: "no text is allowed"), "\(index)") {
                try Grammar(language, at: "#/x")
            }
        }
        #expect(
            try !TextLanguage(pattern: "^(abc)*$", at: "#").intersection(
                TextLanguage(minLength: 50_001, maxLength: 50_001)
            ).isEmpty)
    }

    struct Lengths: Sendable, CustomTestStringConvertible {
        var pattern: String
        var low: Int
        var high: Int?
        var texts: [String]
        var others: [String]

        var testDescription: String { "\(pattern) \(low) \(high.map(String.init) ?? "")" }
    }

    static let lengths = [
        Lengths(
            pattern: "^[a-z]*$", low: 2, high: 100_000, texts: ["ab", String(repeating: "q", count: 1_000)],
            others: ["a", "A1"]),
        Lengths(pattern: "^[a-z]+$", low: 0, high: 3, texts: ["a", "abc"], others: ["", "abcd"]),
        Lengths(pattern: "^[a-z][a-z0-9_]*$", low: 1, high: 100_000, texts: ["a", "a1_"], others: ["", "1a"]),
        Lengths(
            pattern: "^-?[0-9]+$", low: 2, high: 3, texts: ["-1", "12", "-12", "123"], others: ["1", "-123", "1234"]),
        Lengths(pattern: "\\d", low: 3, high: nil, texts: ["ab1", "1xyz"], others: ["a1", "abc"]),
        Lengths(pattern: "^(ab)+$", low: 3, high: 5, texts: ["abab"], others: ["ab", "ababab"]),
        Lengths(pattern: "é|😀", low: 2, high: 2, texts: ["é😀", "a😀"], others: ["😀", "aa", "é😀é"]),
    ]

    @Test(arguments: lengths) func `a pattern beside lengths counts characters`(lengths: Lengths) throws {
        let range = TextLanguage(minLength: lengths.low, maxLength: lengths.high)
        let language = try TextLanguage(pattern: lengths.pattern, at: "#").intersection(range)
        let grammar = try Grammar(language)
        #expect(grammar.stateCount < 1_000)
        for text in lengths.texts {
            #expect(language.contains(text), "\(text)")
            #expect(try matches(grammar, "\"\(text)\""), "\(text)")
        }
        for text in lengths.others {
            #expect(!language.contains(text), "\(text)")
            #expect(try !matches(grammar, "\"\(text)\""), "\(text)")
        }
    }

    @Test func `lengths that take too many states are an error that names them`() throws {
        let language = try TextLanguage(pattern: "^(ab|cde)*$", at: "#")
            .intersection(TextLanguage(minLength: 10, maxLength: 1_000_000))
        #expect {
            try Grammar(language)
        } throws: {
            "\($0)".contains("texts of 10 to 1000000 characters of a pattern with")
        }
    }

    @Test func `any character is written as it is or escaped, and surrogates only in pairs`() throws {
        let grammar = try Grammar(TextLanguage(minLength: 1, maxLength: 1))
        let texts = [
            "\"a\"", "\"é\"", "\"😀\"", "\"\\\"\"", "\"\\\\\"", "\"\\/\"", "\"/\"", "\"\\n\"", "\"\\u0000\"",
            "\"\\u001F\"", "\"\\u007f\"",
            "\"\\u00e9\"", "\"\\uD83D\\uDE00\"", "\"\\ud800\\udc00\"", "\"\\uDBFF\\uDFFF\"", "\"\\uFFFF\"",
            "\"\\ud7ff\"", "\"\\ue000\"",
        ]
        for text in texts {
            #expect(try matches(grammar, text), "\(text)")
            #expect(try JSONParser.parse(text).string?.unicodeScalars.count == 1)
        }
        for text in [
            "\"\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\ud800\"", "\"\n\"", "\"\\x\"", "\"\"\"",
            "\"ab\"",
        ] {
            #expect(try !matches(grammar, text), "\(text)")
        }
        // Escapes stand for the same character.
        let letter = try Grammar(TextLanguage(pattern: "^[é-ü\\n😀-😅]$", at: "#"))
        for text in ["\"é\"", "\"\\u00E9\"", "\"\\n\"", "\"\\u000a\"", "\"😄\"", "\"\\ud83d\\ude05\""] {
            #expect(try matches(letter, text), "\(text)")
        }
        for text in ["\"\\u00e8\"", "\"\\u00fd\"", "\"\\r\"", "\"\\ud83d\\ude06\"", "\"e\"", "\"\\u000b\""] {
            #expect(try !matches(letter, text), "\(text)")
        }
    }
}
