import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Swiftlet

/// What the server is and does.
struct StatusRoutes: Sendable {
    let server: Server

    /// Answered by no model: it tells that the process is well, whatever it computes.
    func health() -> Response { Response(json: .object([.init("status", .string("ok"))])) }

    func metrics() -> Response {
        let loads = server.catalog.models.compactMap { $0.text?.load ?? $0.speech?.load ?? $0.translation?.load }
        server.metrics.load(
            running: loads.reduce(0) { $0 + $1.running }, waiting: loads.reduce(0) { $0 + $1.waiting })
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: server.metrics.text)))
    }

    func description() -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: OpenAPIDocument.text)))
    }

    func models() -> Response {
        Response(
            json: .members([
                ("object", .string("list")), ("data", .array(server.catalog.models.map { json(of: $0) })),
            ]))
    }

    func model(_ name: String) throws(APIError) -> Response {
        guard let model = server.catalog.models.first(where: { $0.name == name }) else {
            throw .notFound("the server has no model \(name)", param: "model", code: "model_not_found")
        }
        return Response(json: json(of: model))
    }

    private func json(of model: ServedModel) -> JSONValue {
        .members([
            ("id", .string(model.name)), ("object", .string("model")), ("created", .int(model.created)),
            ("owned_by", .string("swiftlet")), ("architecture", .string(model.model.architecture)),
            ("capabilities", .array(model.capabilities.map { .string($0) })),
            ("context_length", .int(model.text?.engine.contextLength ?? model.model.contextLength)),
            ("adapters", model.adapters.isEmpty ? nil : .array(model.adapters.json)),
            ("dimensions", model.embedding.map { .int($0.dimensions) }),
        ])
    }
}

extension Response {
    /// - Parameter status: 200, or another.
    init(json: JSONValue, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: json.text)))
    }
}
