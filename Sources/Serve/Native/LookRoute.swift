import HTTPTypes
import Hummingbird
import JSON
import Look
import Models
import NIOCore
import Swiftlet

/// `POST /look`: a page of what a model computes on a text, as `swiftlet look` writes it.
///
/// `{"input": "the cat sat", "max_tokens": 8, "layers": [0, 1], "heads": [0], "ablate": "L3H5,L4", "target": "...",
/// "source_language": "en", "target_language": "de"}`
struct LookRoute: Sendable {
    let server: Server

    /// Numbers of layers or heads in a request.
    private static let maxNumbers = 4096
    private static let maxAblations = 256

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let (model, _) = try server.catalog.model(fields.string("model"), for: "a look inside") { model in
            model.model.kind == .speech ? nil : true
        }
        let wanted = try Self.request(fields, model)
        do {
            let page = try await context.whileConnected(timeout: server.options.timeout) { [server] in
                try await server.look.page(wanted, model, server.options.runtime)
            }
            return Response(status: .ok, headers: Self.headers, body: .init(byteBuffer: ByteBuffer(bytes: page)))
        } catch let error as SwiftletError {
            throw APIError(error, model)
        }
    }

    /// What the page needs is in it: it runs as a document of no origin.
    private static let headers: HTTPFields = [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
        .contentSecurityPolicy: LookPage.policy
            + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts",
    ]

    private static func request(_ fields: Fields, _ model: ServedModel) throws(APIError) -> LookService.Request {
        var request = LookService.Request(text: try fields.required("input", fields.string("input")))
        request.maxTokens = try fields.int("max_tokens", in: 0...LookService.maxTokens)
        request.layers = try numbers("layers", fields)
        request.heads = try numbers("heads", fields)
        request.target = try fields.string("target")
        let (source, target) = (try fields.string("source_language"), try fields.string("target_language"))
        if source != nil || target != nil { request.task = .translation(from: source, to: target) }
        guard model.model.kind == .textToText || (request.target == nil && request.task == .plain) else {
            throw .invalid("the model \(model.name) has one text: it takes no target and no languages", param: "target")
        }
        let parts = try (fields.string("ablate") ?? "").split(separator: ",")
        guard parts.count <= maxAblations else {
            throw .invalid("ablate names \(parts.count) parts: use at most \(maxAblations)", param: "ablate")
        }
        for text in parts {
            guard let part = AblatedPart(text.trimmingWhitespace()) else {
                throw .invalid("\(text.prefix(40)) is no head or layer: use L3H5 or L4", param: "ablate")
            }
            request.ablations.append(part)
        }
        return request
    }

    private static func numbers(_ name: String, _ fields: Fields) throws(APIError) -> Set<Int>? {
        guard let items = try fields.array(name) else { return nil }
        let numbers = items.compactMap(\.int).filter { $0 >= 0 }
        guard items.count <= maxNumbers, numbers.count == items.count, !items.isEmpty else {
            throw .invalid("\(name) should be 1 to \(maxNumbers) numbers from 0 on", param: name)
        }
        return Set(numbers)
    }
}
