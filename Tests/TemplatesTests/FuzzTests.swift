import Foundation
import Templates
import TestSupport
import Testing

/// Random templates with random JSON: whatever they hold, they end in text or in an error, and soon.
/// `SWIFTLET_FUZZ_RUNS` sets how many there are; `SWIFTLET_FUZZ_SEED` gives others.
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
        "endwith", "generation", "endgeneration", "for a in l recursive", "loop(a)", "call m(1)", "call(a) m(l)",
        "endcall",
        "caller()", "varargs", "kwargs", "m(*l)", "m(**d)", "'{:>4}'.format(i)", "'{:{}}'.format(s, 5)",
        "'%*d' % (3, i)",
        "|wordwrap(3)", "|groupby('a')", "|pprint", "|urlencode", "|safe", "|e", "cycler(1, 2)", "joiner()", ".next()",
        "\u{1}", "\\", "'", "\"",
    ]
    private static let operands = [
        "l", "d", "s", "i", "x", "1", "0", "-1", "1.5", "'ab'", "none", "true", "[1, 'a']", "{'a': s}", "missing",
        "range(3)", "(1, 2)", "d.a", "l[0]", "s[1:]", "9223372036854775807",
    ]
    private static let specs = [
        "5", "<5", "^+9.3f", "05d", ",", "_x", "#b", ".2e", "g", "%", "s", "*>{}", "999999999", ".999999999f",
        "0999999999,",
    ]
    private static let links = [
        " + ", " - ", " * ", " / ", " // ", " % ", " ~ ", " == ", " < ", " in ", " and ", " or ", " ** ", " >= ",
    ]
    private static let suffixes = [
        "|upper", "|tojson", "|list", "|sort", "|length", "|string", "|int", "|first", "|reverse|list", "|join('-')",
        "|abs", "[1:]", "[::-1]", "[0]", "|trim", "|default('z')", "|unique|list", "|sum", "|max", "|title", "|float",
        " is string", " is odd", " is iterable", ".a", ".items()", "|indent", "|replace('a', 'b')", "|round(1)",
        "|safe",
        "|e", "|wordwrap(2)", "|groupby(0)", "|pprint", "|urlencode", "|striptags", "|int(0, 16)", ".find('l', 1)",
        ".casefold()", ".expandtabs()", "|attr('count')", "|filesizeformat", "|xmlattr", ".format(1, a=2)",
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
            "{% macro m(a) %}{{ caller(a) }}{{ varargs }}{% endmacro %}{% call(x) m(\(a), \(b)) %}{{ x }}{% endcall %}",
            "{% for a in \(a) recursive %}{{ a }}{{ loop(\(b)) if loop.depth < 9 }}{% endfor %}",
            "{{ '{:\(random.pick(Self.specs))}'.format(\(a)) }}{{ '%\(random.pick(Self.specs))' % (\(b)) }}",
        ])
    }

    private static func number(_ name: String, default fallback: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? fallback
    }

    @Test func `random templates end with any JSON, and give the same twice`() {
        let count = Self.number("SWIFTLET_FUZZ_RUNS", default: 20_000)
        let seed = Self.number("SWIFTLET_FUZZ_SEED", default: 7)
        var random = SeededRandom(seed: seed)
        var contexts = RandomContext(seed: seed + 1)
        var limits = TemplateLimits()
        limits.steps = 20_000
        limits.memoryBytes = 1 << 20
        // Half of the templates meet what their operands were written for.
        let fitting: [String: TemplateValue] = [
            "l": [3, "b", 1.5, ["a": 1]], "d": ["a": "x", "items": [1]], "s": "Hello é🙂", "i": 7, "x": 2.5, "t": true,
            "f": false,
        ]
        let clock = ContinuousClock()
        var rendered = 0
        var slowest = Duration.zero
        for run in 0..<count {
            var source = template(&random)
            if random.chance(0.2), !source.isEmpty {
                var bytes = Array(source.utf8)
                for _ in 0..<random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
                source = String(decoding: bytes, as: UTF8.self)
            }
            let context = random.chance(0.5) ? fitting : contexts.next(["l", "d", "s", "i", "x", "t", "f", "ns", "a"])
            let start = clock.now
            let result = render(source, context, limits: limits)
            slowest = max(slowest, clock.now - start)
            if case .success = result { rendered += 1 }
            if run % 16 == 0, render(source, context, limits: limits) != result {
                Issue.record("run \(run) gives two results: \(source.debugDescription)")
            }
        }
        #expect(rendered > count / 10)
        // The limits above allow some milliseconds; the rest is for a machine that does other things, too.
        #expect(slowest < .seconds(10))
        if count > 20_000 { print("\(count) templates, \(rendered) rendered, the slowest in \(slowest)") }
    }
}
