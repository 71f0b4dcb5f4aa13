import Templates
import Testing

@Suite struct ExpectationTests {
    let expectations: Expectations

    init() throws { expectations = try Expectations() }

    @Test func templatesOfModelsGiveWhatJinjaGives() throws {
        var templates: [String: Template] = [:]
        for rendering in expectations.json["rendered"].items {
            let part = rendering.items
            let (name, conversation, extra) = (part[0].text ?? "", part[1].text ?? "", part[2].text ?? "")
            let template = try templates[name] ?? Template(Expectations.source(name))
            templates[name] = template
            let context = expectations.context(conversation, extra)
            let found = try? template.render(context, now: Expectations.now).text
            #expect(found == part[3].text, "\(name), \(conversation), \(extra)")
        }
        #expect(templates.count >= 21)
    }

    @Test func smallTemplatesGiveWhatJinjaGives() {
        let cases = expectations.json["cases"].items
        #expect(cases.count > 3000)
        for part in cases.map(\.items) {
            let context = expectations.json["contexts"][part[1].text ?? ""].context
            let found = render(part[0].text ?? "", context)
            // Where Jinja refuses, so do we; where it does not, the error would be told.
            if let expected = part[2].text {
                #expect(found == .success(expected), "\(part[0].text ?? "")")
            } else {
                #expect((try? found.get()) == nil, "\(part[0].text ?? "")")
            }
        }
    }
}
