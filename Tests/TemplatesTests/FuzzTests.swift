import Foundation
import Templates
import TestSupport
import Testing

/// Random templates: whatever they hold, they end in text or in an error. `SWIFTLET_TEMPLATE_FUZZ` sets their number.
@Suite struct FuzzTests {
    private static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "for a in l", "endfor", "if t", "elif f", "else",
        "endif", "set a =", "set ns.a =", "endset", "macro m(a, b=1)", "endmacro", "break", "continue", "l", "d", "s",
        "i", "x", "ns", "m(1)", "loop.index", "loop", "missing", "none", "true", "1", "0", "9223372036854775807",
        "1.5", "'a'", "'é🙂'", "[1, 2]", "{'a': 1}", "(1,)", "(", ")", "[", "]", "[1:]", "[::-1]", "{", "}", ",",
        ":", ".", "|", "~", "*", "**", "/", "//", "%", "==", "<", "in", "not", "is", "and", "or", "if", "is defined",
        "|upper", "|tojson(indent=2)", "|join(', ')", "|map('upper')", "|list", "|sort", "|length", "|int", "|round(2)",
        "|selectattr('a')", "|batch(2)", "|trim", ".items()", ".split('l')", ".strip()", ".format(1)", ".center(9)",
        "range(9)", "namespace(a=1)", "dict(a=1)", "raw", "endraw", "filter upper", "endfilter", "with a = 1",
        "endwith", "generation", "endgeneration", "\u{1}", "\\", "'", "\"",
    ]
    private static let operands = [
        "l", "d", "s", "i", "x", "1", "0", "-1", "1.5", "'ab'", "none", "true", "[1, 'a']", "{'a': s}", "missing",
        "range(3)", "(1, 2)", "d.a", "l[0]", "s[1:]", "9223372036854775807",
    ]
    private static let links = [
        " + ", " - ", " * ", " / ", " // ", " % ", " ~ ", " == ", " < ", " in ", " and ", " or ", " ** ", " >= ",
    ]
    private static let suffixes = [
        "|upper", "|tojson", "|list", "|sort", "|length", "|string", "|int", "|first", "|reverse|list", "|join('-')",
        "|abs", "[1:]", "[::-1]", "[0]", "|trim", "|default('z')", "|unique|list", "|sum", "|max", "|title", "|float",
        " is string", " is odd", " is iterable", ".a", ".items()", "|indent", "|replace('a', 'b')", "|round(1)",
    ]

    private func expression(_ random: inout SeededRandom) -> String {
        var text = random.pick(Self.operands)
        for _ in 0..<random.below(4) {
            text =
                random.chance(0.5)
                ? text + random.pick(Self.suffixes)
                : text + random.pick(Self.links)
                    + random.pick(Self.operands)
            if random.chance(0.3) { text = "(\(text))" }
        }
        return text
    }

    private func template(_ random: inout SeededRandom) -> String {
        if random.chance(0.4) {
            return (0..<random.below(30)).map { _ in random.pick(Self.pieces) }.joined(
                separator: random.pick(["", " "]))
        }
        let (a, b) = (expression(&random), expression(&random))
        return random.pick([
            "{{ \(a) }}{{ \(b) }}", "{% for a in \(a) if \(b) %}{{ a }}{{ loop.last }}{% endfor %}",
            "{% set ns = namespace(a=\(a)) %}{% set ns.a = \(b) %}{{ ns.a }}", "{{ \(a) if \(b) else 1 }}",
            "{% macro m(a, b=\(a)) %}{{ a }}{{ b }}{% endmacro %}{{ m(\(b)) }}",
            "{% set y %}{{ \(a) }}{% endset %}{{ y[1:] ~ (\(b)) }}",
        ])
    }

    @Test func randomTemplatesEnd() {
        var random = SeededRandom(seed: 7)
        let count = ProcessInfo.processInfo.environment["SWIFTLET_TEMPLATE_FUZZ"].flatMap { Int($0) } ?? 20_000
        var limits = TemplateLimits()
        limits.steps = 20_000
        limits.memoryBytes = 1 << 20
        let context: [String: TemplateValue] = [
            "l": [3, "b", 1.5, ["a": 1]], "d": ["a": "x", "items": [1]], "s": "Hello é🙂", "i": 7, "x": 2.5, "t": true,
            "f": false,
        ]
        var rendered = 0
        for _ in 0..<count {
            var source = template(&random)
            if random.chance(0.2), !source.isEmpty {
                var bytes = Array(source.utf8)
                for _ in 0..<random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
                source = String(decoding: bytes, as: UTF8.self)
            }
            if case .success = render(source, context, limits: limits) { rendered += 1 }
        }
        #expect(rendered > count / 10)
    }
}
