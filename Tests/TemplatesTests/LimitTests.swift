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
