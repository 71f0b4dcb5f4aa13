import Templates
import Testing

/// Templates that want too much end in an error, not in a crash.
@Suite struct LimitTests {
    @Test(arguments: [
        "{{ 'x' * 9223372036854775807 }}", "{{ [1] * 9223372036854775807 }}", "{{ 9223372036854775807 + 1 }}",
        "{{ -9223372036854775807 - 2 }}", "{{ 10 ** 10 ** 10 }}", "{{ range(10**18) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='x') %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for a in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{{ '%999999999s' % 1 }}", "{{ 'x'.center(10**17) }}",
        "{{ [1]|tojson(indent=10**15) }}", "{{ [1]|batch(10**17, 1)|list }}", "{{ [1]|slice(10**17)|list }}",
        "{{ ['a']|map('map', 'map', 'map', 'map', 'map', 'map', 'map', 'map', 'map', 'upper')|list }}",
        "{{ -9223372036854775807 // 0 }}", "{{ (-9223372036854775807 - 1) // -1 }}",
        "{{ (-9223372036854775807 - 1)|abs }}", "{{ 'a'[::-9223372036854775807 - 1] ~ 1 // 0 }}",
        String(repeating: "(", count: 100_000), String(repeating: "{% if 1 %}", count: 100_000),
        "{{ " + String(repeating: "[", count: 100_000), "{{ " + String(repeating: "a if b else ", count: 100_000),
    ])
    func refused(_ source: String) {
        let isBare = source.hasPrefix("(")
        #expect(throws: TemplateError.self) { try render(isBare ? "{{ \(source)" : source).get() }
    }

    @Test(arguments: [
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% for a in range(9) recursive %}{% if loop.depth < 60 %}{{ loop(range(9)) }}{% endif %}{% endfor %}",
        "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{{ caller }}{% endmacro %}{% call m() %}{% endcall %}",
        "{% macro m() %}{{ caller() }}{% endmacro %}{% macro n() %}{% call m() %}{{ n() }}{% endcall %}{% endmacro %}{{ n() }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% set j = joiner() %}{{ j() }}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(999) %}{% macro m() %}{% endmacro %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(999) %}{% set c = cycler(1, 2) %}{% endfor %}{% endfor %}",
        "{{ '{:1000000000}'.format(1) }}", "{{ '{:.1000000000f}'.format(1.5) }}", "{{ '{:01000000000,}'.format(1) }}",
        "{{ '{:.1000000000}'.format(1.5) }}", "{{ '{:.1000000000e}'.format(1.5) }}",
        "{{ '{:99999999999999999999}'.format(1) }}",
        "{{ '{:{}}'.format(1, 10**9) }}", "{{ '{:{:{:{}}}}'.format(1, 2, 3, 4) }}", "{{ '%.1000000000f' % 1.5 }}",
        "{{ '%*d' % (9223372036854775807, 1) }}", "{{ '%.*f' % (9223372036854775807, 1.5) }}",
        "{{ '%.1000000000d' % 1 }}",
        "{{ '%*d' % (-9223372036854775807 - 1, 1) }}", "{{ 'a\tb'.expandtabs(10**18) }}", "{{ 'a'.zfill(10**18) }}",
        "{{ ('<' * 9999999)|e|forceescape|forceescape|forceescape }}",
        "{{ ('{}' * 99999).format(*range(99999)|list) * 999 }}",
        "{% macro m() %}{{ varargs }}{% endmacro %}{{ m(*['x' * 9999] * 99999) }}",
    ])
    func refusedWithinSmallLimits(_ source: String) {
        var limits = TemplateLimits()
        limits.steps = 500_000
        limits.memoryBytes = 16 << 20
        let error = #expect(throws: TemplateError.self) { try render(source, limits: limits).get() }
        let isLimit = error?.kind == .limit || error?.kind == .value
        #expect(isLimit, "\(source): \(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: [
        ("{{ ('a ' * 9999)|wordwrap(10**18)|length }}", "19997"), ("{{ ('a' * 9999)|wordwrap(1)|length }}", "19997"),
        ("{{ ('-' * 99999 ~ 'a')|wordwrap(3)|length }}", "133333"), ("{{ 'abc'.find('c', 0 - 10**18, 10**18) }}", "2"),
        ("{{ (' ' * 99999)|wordwrap(1)|length }}", "0"), ("{{ [1, 2].index(2, 0 - 10**18) }}", "1"),
    ])
    func largeNumbersThatDoNoHarm(_ source: String, _ expected: String) {
        #expect(render(source) == .success(expected))
    }

    @Test func longChainsAreNoNesting() {
        #expect(render("{{ 1" + String(repeating: " + 1", count: 20_000) + " }}") == .success("20001"))
        #expect(render("{{ " + String(repeating: "not ", count: 20_000) + "1 }}") == .success("True"))
        #expect(render("{{ 'a'" + String(repeating: "|upper", count: 20_000) + " }}") == .success("A"))
    }

    @Test func errorsTellLineAndKind() {
        let error = #expect(throws: TemplateError.self) { try render("a\n{{ x.y }}").get() }
        #expect(error?.kind == .undefined && error?.line == 2)
        let include = #expect(throws: TemplateError.self) { try render("\n\n{% include 'x' %}").get() }
        #expect(include?.kind == .unsupported && include?.line == 3 && include?.message.contains("include") == true)
        let raised = #expect(throws: TemplateError.self) { try render("{{ raise_exception('no') }}").get() }
        #expect(raised?.kind == .raised && raised?.message.hasSuffix("no") == true)
    }
}
