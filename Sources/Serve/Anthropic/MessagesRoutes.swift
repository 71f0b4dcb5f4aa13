import Hummingbird
import JSON
import Swiftlet

/// `POST /v1/messages` and `/v1/messages/count_tokens`: Anthropic's API.
struct MessagesRoutes: Sendable {
    let server: Server

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
            _ = try fields.required("max_tokens", fields.int("max_tokens", in: 1...Int(Int32.max)))
            let chat = try await WorkQueue.preparation.run { try MessagesRequest.chat(fields, server) }
            let run = try TextRun([chat.text], chat.scheduler, context)
            let shape = MessagesShape(chat)
            guard chat.generation.streams else { return try await run.whole { try await shape.whole(run) } }
            return await run.stream(
                failure: { error, stream in try await stream.send(Self.json(error), event: "error") },
                { try await shape.stream(run, into: &$0) })
        } catch let error as APIError {
            return Self.response(error)
        }
    }

    func count(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
            let chat = try await WorkQueue.preparation.run { try MessagesRequest.chat(fields, server) }
            return Response(json: .members([("input_tokens", .int(chat.text.prompt.count))]))
        } catch let error as APIError {
            return Self.response(error)
        }
    }

    private static func response(_ error: APIError) -> Response {
        var response = Response(json: json(error), status: error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    /// A failure in Anthropic's form.
    private static func json(_ error: APIError) -> JSONValue {
        let type =
            switch error.status.code {
            case 401: "authentication_error"
            case 403: "permission_error"
            case 404: "not_found_error"
            case 413: "request_too_large"
            case 429: "rate_limit_error"
            case 503: "overloaded_error"
            case 400..<500: "invalid_request_error"
            default: "api_error"
            }
        return .members([
            ("type", .string("error")),
            ("error", .members([("type", .string(type)), ("message", .string(error.message))])),
        ])
    }
}
