import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension Request {
    /// The JSON object of the body.
    ///
    /// - Parameter limit: max bytes.
    /// - Throws: ``APIError`` for another type of content, one that is too large, slow, or no object.
    func json(_ context: ServerContext, limit: Int) async throws -> JSONValue {
        let value = try await anyJSON(context, limit: limit)
        guard value.members != nil else {
            throw APIError.invalid("the body is \(value.kind): it should be a JSON object", code: "invalid_json")
        }
        return value
    }

    /// The JSON value of the body; see ``json(_:limit:)``.
    func anyJSON(_ context: ServerContext, limit: Int) async throws -> JSONValue {
        try checkContentType("application/json")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw APIError.tooLarge(limit) }
        let buffer = try await withDeadline(.seconds(30)) { () async throws -> ByteBuffer in
            do {
                return try await body.collect(upTo: limit)
            } catch is NIOTooManyBytesError {
                throw APIError.tooLarge(limit)
            }
        }
        context.body.markRead()
        return try await WorkQueue.preparation.run { try Self.value(Array(buffer.readableBytesView)) }
    }

    private static func value(_ bytes: [UInt8]) throws(APIError) -> JSONValue {
        do throws(JSONError) {
            return try JSONParser.parse(bytes.span)
        } catch {
            throw .invalid("the body is no JSON, \(error)", code: "invalid_json")
        }
    }

    /// A form of a web page on another site can send some types without being asked: JSON is not among them.
    func checkContentType(_ expected: String) throws(APIError) {
        let type = headers[.contentType]?.prefix { $0 != ";" }.trimmingWhitespace().lowercased()
        guard type == expected else {
            throw APIError(
                .unsupportedMediaType, "the Content-Type is \(type ?? "missing"): use \(expected)",
                type: "invalid_request_error")
        }
    }
}

extension APIError {
    static func tooLarge(_ limit: Int) -> APIError {
        APIError(
            .contentTooLarge, "the body is larger than the \(limit) bytes that are taken",
            type: "invalid_request_error", code: "request_too_large")
    }
}

/// Runs `body`, and cancels it when it takes too long.
///
/// - Throws: ``APIError`` with the status 408 then.
func withDeadline<Result: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else {
            throw APIError(
                .requestTimeout, "the request came too slowly", type: "invalid_request_error", code: "too_slow")
        }
        return result
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    func trimmingWhitespace() -> String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
