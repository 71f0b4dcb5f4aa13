import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What every request goes through: who may ask, and in what form failures are told.
struct Gate<Next: HTTPResponder>: HTTPResponder where Next.Context == ServerContext {
    let server: Server
    let next: Next

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        var response: Response
        do {
            if let answer = try server.access.check(request) {
                response = answer
            } else {
                response = try await next.respond(to: request, context: context)
                // No route was found: those that were tell more.
                if response.status == .notFound, response.body.contentLength == 0 {
                    response = unknown(request).response
                }
            }
        } catch {
            response = APIError.of(error, context).response
        }
        server.access.addHeaders(to: &response, for: request)
        if response.status.code >= 400 { await closeUnread(request, &response, context) }
        // Of a bounded number of kinds, whatever clients send.
        let path = context.endpointPath ?? "other"
        let method = [.get, .post, .options, .head].contains(request.method) ? request.method.rawValue : "other"
        server.metrics.add(
            "http_requests_total",
            "{method=\"\(method)\",path=\"\(path)\",status=\"\(response.status.code)\"}")
        return response
    }

    private func unknown(_ request: Request) -> APIError {
        .notFound("there is no \(request.method.rawValue) \(request.uri.path.prefix(200))", code: "unknown_url")
    }

    /// A client whose request was refused before it was read may go on sending: it is cut off.
    private func closeUnread(_ request: Request, _ response: inout Response, _ context: ServerContext) async {
        let hasBody = request.headers[.contentLength].map { $0 != "0" } ?? (request.headers[.transferEncoding] != nil)
        guard hasBody, !context.body.isRead else { return }
        response.headers[.connection] = "close"
        await context.connectionMonitor?.refuse()
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }
}

extension APIError {
    /// What a client is told of a failure.
    static func of(_ error: any Error, _ context: ServerContext) -> APIError {
        switch error {
        case let error as APIError: return error
        case is CancellationError: return .cancelled
        case let error as HTTPError:
            return APIError(error.status, error.body ?? "the request is not valid", type: "invalid_request_error")
        default:
            if !context.channel.isActive { return .cancelled }
            context.logger.error("\(error)")
            return .internalError
        }
    }
}
