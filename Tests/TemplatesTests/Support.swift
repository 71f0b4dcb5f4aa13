import Foundation
import Templates
import TestSupport

/// What Jinja2 made of the templates; see `Fixtures/templates`.
struct Expectations {
    let json: TemplateValue

    init() throws {
        let data = try Data(contentsOf: URL(filePath: Fixtures.path("templates/expectations.json")))
        json = OrderedJSON.parse(Array(data))
    }

    static func source(_ name: String) throws -> String {
        try String(contentsOfFile: Fixtures.path("templates/\(name).jinja"), encoding: .utf8)
    }

    /// The variables of a rendering.
    func context(_ conversation: String, _ extra: String) -> [String: TemplateValue] {
        var context = json["extra"][extra].context
        context["messages"] = json["conversations"][conversation]
        context["bos_token"] = .trusted("<s>")
        context["eos_token"] = .trusted("</s>")
        return context
    }

    /// The time that the expectations were made at.
    static let now = CivilTime(year: 2025, month: 2, day: 3, hour: 14, minute: 5, second: 9)
}

/// The output, or the error.
func render(
    _ source: String, _ context: [String: TemplateValue] = [:], limits: TemplateLimits = TemplateLimits(),
    now: CivilTime? = Expectations.now
) -> Result<String, TemplateError> {
    Result { () throws(TemplateError) in try Template(source, limits: limits).render(context, now: now).text }
}
