import Grammars
import Testing

/// Bounds and steps of numbers, beside integer arithmetic in hundredths.
@Suite struct NumberTests {
    /// A number of hundredths as JSON writes it.
    private func text(_ hundredths: Int) -> String {
        let magnitude = String(hundredths.magnitude)
        let padded = String(repeating: "0", count: max(0, 3 - magnitude.count)) + magnitude
        var fraction = String(padded.suffix(2))
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return (hundredths < 0 ? "-" : "") + padded.dropLast(2) + (fraction.isEmpty ? "" : "." + fraction)
    }

    private struct Limits {
        var minimum: Int?
        var exclusiveMinimum: Int?
        var maximum: Int?
        var exclusiveMaximum: Int?
        var step: Int?
        var isWhole: Bool

        init(_ state: inout UInt64) {
            func value(_ chance: UInt64) -> Int? {
                guard next(&state) % 4 < chance else { return nil }
                let value = Int(next(&state) % 2_400) - 1_200
                return next(&state) % 2 == 0 ? value : value / 100 * 100
            }
            minimum = value(2)
            exclusiveMinimum = value(1)
            maximum = value(2)
            exclusiveMaximum = value(1)
            step =
                next(&state) % 2 == 0
                ? nil : [1, 5, 10, 25, 50, 100, 150, 200, 300, 700, 1_000][Int(next(&state) % 11)]
            isWhole = next(&state) % 2 == 0
        }

        func contains(_ value: Int) -> Bool {
            value >= minimum ?? value && value <= maximum ?? value && value > exclusiveMinimum ?? value - 1
                && value < exclusiveMaximum ?? value + 1 && value % (step ?? 1) == 0 && (!isWhole || value % 100 == 0)
        }
    }

    @Test(arguments: 0..<30) func `a range has its numbers and no others`(seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<5 {
            let limits = Limits(&state)
            let range = try NumberRange(
                minimum: limits.minimum.map(text), exclusiveMinimum: limits.exclusiveMinimum.map(text),
                maximum: limits.maximum.map(text), exclusiveMaximum: limits.exclusiveMaximum.map(text),
                multipleOf: limits.step.map(text), wholeOnly: limits.isWhole, at: "#")
            let values = Array(-1_300...1_300)
            for value in values { #expect(range.contains(text(value)) == limits.contains(value), "\(text(value))") }
            let isFound = values.contains(where: limits.contains)
            // Between hundredths, and beyond the values looked at, there may be others.
            let isBounded =
                (limits.minimum ?? limits.exclusiveMinimum) != nil
                && (limits.maximum ?? limits.exclusiveMaximum) != nil
            if isBounded, limits.step != nil || limits.isWhole { #expect(range.isEmpty == !isFound, "\(limits)") }
            guard isFound else { continue }
            let grammar = try Grammar(range)
            for value in values.filter({ $0 % 100 == 0 || $0 % 7 == seed % 7 }) {
                #expect(try matches(grammar, text(value)) == limits.contains(value), "\(text(value)): \(limits)")
            }
        }
    }

    struct Range: Sendable, CustomTestStringConvertible {
        var minimum: String?
        var exclusiveMinimum: String?
        var maximum: String?
        var exclusiveMaximum: String?
        var multipleOf: String?
        var isWhole = false
        var texts: [String]
        var others: [String]

        var testDescription: String {
            [minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf].map { $0 ?? "-" }.joined(separator: " ")
        }
    }

    static let ranges = [
        Range(
            minimum: "-9007199254740991", maximum: "9007199254740991", isWhole: true,
            texts: ["-9007199254740991", "9007199254740991", "0", "42"],
            others: ["9007199254740992", "-9007199254740992", "9007199254740991.0", "10000000000000000", "-0", "00"]),
        Range(
            minimum: "-9223372036854775808", maximum: "18446744073709551615", isWhole: true,
            texts: ["-9223372036854775808", "18446744073709551615", "9223372036854775807"],
            others: ["-9223372036854775809", "18446744073709551616", "99999999999999999999"]),
        Range(
            exclusiveMinimum: "9223372036854775806", isWhole: true,
            texts: ["9223372036854775807", "10000000000000000000"],
            others: ["9223372036854775806", "9999"]),
        Range(
            minimum: "0.1", maximum: "0.3", texts: ["0.1", "0.10", "0.3", "0.300", "0.2000001"],
            others: ["0.09999", "0.3000001", "0", "1", "0.", ".2"]),
        Range(
            minimum: "-1.5e-3", maximum: "1E-3", texts: ["0", "-0.0015", "0.001", "-0.0014999"],
            others: ["-0.00151", "0.0011"]),
        Range(
            exclusiveMinimum: "0", maximum: "1e-20", texts: ["0.00000000000000000001"],
            others: ["0", "0.1", "0.00000000000000000002"]),
        Range(
            exclusiveMinimum: "1", exclusiveMaximum: "1.0000001", texts: ["1.00000005"],
            others: ["1", "1.0", "1.0000001"]),
        Range(minimum: "1e400", maximum: "1e401", texts: [], others: ["1"]),
        Range(maximum: "1e400", texts: ["0", "-12.5", "9999999999999999"], others: ["00"]),
        Range(multipleOf: "0.01", texts: ["0.07", "12.3", "5", "-0.01", "0"], others: ["0.001", "1.234", "-0"]),
        Range(multipleOf: "0.1", isWhole: true, texts: ["3", "-12"], others: ["0.1", "3.0"]),
        Range(
            minimum: "0", maximum: "1", multipleOf: "0.25", texts: ["0", "0.25", "0.5", "0.75", "1"],
            others: ["0.3", "1.25", "0.2"]),
        Range(
            multipleOf: "7", isWhole: true, texts: ["0", "7", "-7", "49", "994", "123456788"],
            others: ["1", "8", "100", "-1"]),
        Range(minimum: "100", multipleOf: "4096", texts: ["4096", "8192", "40960"], others: ["0", "100", "4097"]),
        Range(
            minimum: "1", multipleOf: "86400", texts: ["86400", "864000", "172800"],
            others: ["0", "8640", "86401", "-86400"]),
        Range(
            minimum: "0", maximum: "1e6", multipleOf: "65536", texts: ["0", "65536", "983040"],
            others: ["1048576", "1"]),
        Range(multipleOf: "4096", isWhole: true, texts: ["0", "-4096", "40960"], others: ["-0", "1", "-4095"]),
        Range(multipleOf: "1.5", texts: ["1.5", "3", "-4.5", "0"], others: ["1", "2.5", "1.50000001"]),
    ]

    @Test(arguments: ranges) func `a range of exact decimals has its numbers`(range: Range) throws {
        let numbers = try NumberRange(
            minimum: range.minimum, exclusiveMinimum: range.exclusiveMinimum, maximum: range.maximum,
            exclusiveMaximum: range.exclusiveMaximum, multipleOf: range.multipleOf, wholeOnly: range.isWhole, at: "#")
        guard !range.texts.isEmpty else {
            #expect(throws: GrammarError.self) { try Grammar(numbers) }
            return
        }
        let grammar = try Grammar(numbers)
        for text in range.texts {
            #expect(numbers.contains(text), "\(text)")
            #expect(try matches(grammar, text), "\(text)")
        }
        for text in range.others { #expect(try !matches(grammar, text), "\(text)") }
    }

    @Test(arguments: [
        ("1.0", "integer", true), ("1e2", "integer", true), ("1.50", "integer", false), ("12e-1", "integer", false),
        ("120e-1", "integer", true), ("-0.0", "integer", true), ("1e1000000000000", "integer", true),
        ("0.07", "0.01", true), ("1e-3", "0.01", false), ("1e300", "0.01", true), ("1e300", "7", false),
        ("300e-2", "1.5", true), ("x", "1", false), ("01", "1", false), ("1.", "1", false), ("", "1", false),
        ("-", "1", false),
    ])
    func `a number's value counts, not its form`(text: String, step: String, isContained: Bool) throws {
        let range = try NumberRange(
            multipleOf: step == "integer" ? nil : step, wholeOnly: step == "integer", at: "#")
        #expect(range.contains(text) == isContained)
    }

    @Test func `ranges intersect in their bounds and the common multiple of their steps`() throws {
        let a = try NumberRange(minimum: "0", exclusiveMaximum: "100", multipleOf: "0.4", at: "#")
        let b = try NumberRange(exclusiveMinimum: "0", maximum: "100", multipleOf: "0.6", wholeOnly: true, at: "#")
        let both = try a.intersection(b, at: "#")
        let found = (0...100).filter { both.contains("\($0)") }
        #expect(found == Array(stride(from: 6, to: 100, by: 6)))
        #expect(!both.contains("1.2"))
        let none = try both.intersection(NumberRange(minimum: "97", at: "#"), at: "#")
        #expect(none.isEmpty)
        #expect(throws: GrammarError.schema(path: "#/a", problem: "no number lies within the bounds")) {
            try Grammar(none, at: "#/a")
        }
    }

    @Test(arguments: [
        ("0", "'multipleOf' must be above 0"), ("-1", "'multipleOf' must be above 0"),
        ("x", "'multipleOf' must be a number"),
        ("1e-16", "'multipleOf' has too many digits"), ("1e16", "'multipleOf' has too many digits"),
        (
            "65537",
            "'multipleOf' of more than 5000 units is supported for at most 1000 numbers: give a nearer 'minimum' and 'maximum'"
        ),
    ])
    func `a step that is not supported is an error`(step: String, problem: String) {
        #expect(throws: GrammarError.schema(path: "#", problem: problem)) {
            try Grammar(NumberRange(multipleOf: step, at: "#"))
        }
    }
}
