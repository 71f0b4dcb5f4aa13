import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Swiftlet

/// A failure as clients of OpenAI's API know it: a status, and `{"error": {message, type, param, code}}`.
package struct APIError: Error {
    let status: HTTPResponse.Status
    /// The problem and the remedy. Tells no path of this machine.
    package let message: String
    let type: String
    let code: String?
    /// The field of the request that is wrong.
    var param: String?
    /// Seconds after which a repetition makes sense.
    var retryAfter: Int?

    init(_ status: HTTPResponse.Status, _ message: String, type: String, code: String? = nil, param: String? = nil) {
        self.status = status
        self.message = message
        self.type = type
        self.code = code
        self.param = param
    }

    /// A mistake of the client.
    static func invalid(_ message: String, param: String? = nil, code: String? = nil) -> APIError {
        APIError(.badRequest, message, type: "invalid_request_error", code: code, param: param)
    }

    static func notFound(_ message: String, param: String? = nil, code: String? = nil) -> APIError {
        APIError(.notFound, message, type: "invalid_request_error", code: code, param: param)
    }

    static var queueFull: APIError {
        var error = APIError(
            .tooManyRequests, "too many requests wait: try again later", type: "rate_limit_error", code: "queue_full")
        error.retryAfter = 1
        return error
    }

    static var closing: APIError {
        var error = APIError(.serviceUnavailable, "the server is ending", type: "server_error", code: "closing")
        error.retryAfter = 5
        return error
    }

    static var timeout: APIError {
        APIError(
            .gatewayTimeout, "the request took longer than the server allows: ask for less", type: "server_error",
            code: "timeout")
    }

    /// For a client that is gone.
    static var cancelled: APIError {
        APIError(.init(code: 499), "the client has closed the connection", type: "server_error", code: "cancelled")
    }

    static var internalError: APIError {
        APIError(.internalServerError, "the server has a fault; its log tells more", type: "server_error")
    }

    /// - Parameter model: stands for the path of its file in the message.
    init(_ error: SwiftletError, _ model: ServedModel? = nil) {
        let message = model?.withoutPath(error.message) ?? error.message
        switch error.code {
        case .invalidArgument, .model, .indexMismatch, .tokenizer:
            self.init(.badRequest, message, type: "invalid_request_error")
        case .contextFull:
            self.init(
                .badRequest, message, type: "invalid_request_error", code: "context_length_exceeded")
        case .outOfMemory:
            self.init(.serviceUnavailable, message, type: "server_error", code: "out_of_memory")
            retryAfter = 5
        case .cancelled: self = .cancelled
        case .file: self.init(.badRequest, message, type: "invalid_request_error", code: "invalid_file")
        }
    }

    /// What the client gets, also as an event of a stream.
    var json: JSONValue {
        .object([
            .init(
                "error",
                .object([
                    .init("message", .string(message)), .init("type", .string(type)),
                    .init("param", param.map { .string($0) } ?? .null),
                    .init("code", code.map { .string($0) } ?? .null),
                ]))
        ])
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: json.text)))
    }
}
