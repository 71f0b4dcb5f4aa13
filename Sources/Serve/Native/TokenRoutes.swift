import Hummingbird
import JSON
import Swiftlet

/// llama-server's `/tokenize`, `/detokenize` and `/apply-template`.
struct TokenRoutes: Sendable {
    let server: Server

    func tokenize(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let (model, _) = try server.catalog.model(fields.string("model"), for: "tokenizing") { $0 }
        let text = try fields.required("content", fields.string("content") ?? fields.string("prompt"))
        let tokens = model.model.tokenize(
            text, addSpecial: try fields.bool("add_special") ?? false,
            parseSpecial: try fields.bool("parse_special") ?? true)
        let withPieces = try fields.bool("with_pieces") ?? false
        return Response(
            json: .members([
                (
                    "tokens",
                    .array(
                        tokens.map { token in
                            guard withPieces else { return .int(Int(token)) }
                            let bytes = model.model.bytes(of: token)
                            let text = String(validating: bytes, as: UTF8.self)
                            return .members([
                                ("id", .int(Int(token))),
                                ("piece", text.map { .string($0) } ?? .array(bytes.map { .int(Int($0)) })),
                            ])
                        })
                ),
                ("count", .int(tokens.count)),
            ]))
    }

    func detokenize(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let (model, _) = try server.catalog.model(fields.string("model"), for: "tokenizing") { $0 }
        let items = try fields.required("tokens", fields.array("tokens"))
        let tokens = try items.map { item in
            guard let id = item.int, (0..<model.model.vocabularySize).contains(id) else {
                throw APIError.invalid(
                    "\(item.text.prefix(40)) is no token: the ids are 0 to \(model.model.vocabularySize - 1)",
                    param: "tokens")
            }
            return Token(id)
        }
        return Response(json: .members([("content", .string(model.model.detokenize(tokens)))]))
    }

    func applyTemplate(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let chat = try await WorkQueue.preparation.run { try ChatRequest(fields, server) }
        return Response(
            json: .members([
                ("prompt", .string(chat.model.model.detokenize(chat.text.prompt, renderSpecial: true))),
                ("count", .int(chat.text.prompt.count)),
            ]))
    }
}
