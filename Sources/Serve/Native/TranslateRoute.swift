import Hummingbird
import JSON
import Models
import Swiftlet

/// `POST /v1/translate`: texts in another language, or summaries, by text-to-text models.
///
/// `{"input": text or texts, "source": "en", "target": "de", "task": "translation" | "summary" | "plain", "beams": 4}`
struct TranslateRoute: Sendable {
    let server: Server

    private static let maxTexts = 1024

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let (model, service) = try server.catalog.model(fields.string("model"), for: "translation") { $0.translation }
        let texts = try fields.required("input", fields.strings("input") ?? fields.strings("text"))
        guard (1...Self.maxTexts).contains(texts.count) else {
            throw APIError.invalid("input has \(texts.count) texts: use 1 to \(Self.maxTexts)", param: "input")
        }
        let task: TextTask
        switch try fields.string("task") ?? "translation" {
        case "translation":
            task = .translation(from: try fields.string("source"), to: try fields.string("target"))
        case "summary": task = .summary
        case "plain": task = .plain
        case let other:
            throw APIError.invalid("task is \(other): use translation, summary or plain", param: "task")
        }
        let beams = try fields.int("beams", in: 1...16)
        do {
            let results = try await context.whileConnected(timeout: server.options.timeout) {
                try await service.convert(texts, task, beams: beams)
            }
            let data = results.enumerated().map { index, result in
                JSONValue.members([
                    ("index", .int(index)), ("text", .string(result.text)),
                    ("score", result.targets.first.map { .float($0.score) }),
                ])
            }
            return Response(
                json: .members([
                    ("object", .string("list")), ("model", .string(model.name)), ("data", .array(data)),
                ]))
        } catch let error as SwiftletError {
            throw APIError(error, model)
        }
    }
}
