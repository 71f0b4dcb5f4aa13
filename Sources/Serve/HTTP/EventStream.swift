import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct EventStream {
    private var writer: any ResponseBodyWriter

    /// Silence after which a comment is sent, so that nobody on the way takes the connection for dead.
    static let pingInterval = Duration.seconds(10)

    /// A response whose events `write` sends.
    static func response(
        _ write: @escaping @Sendable (inout EventStream) async throws -> Void
    ) -> Response {
        var headers: HTTPFields = [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"]
        // For nginx, which would else hold events back.
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        let body = ResponseBody { writer in
            var stream = EventStream(writer: writer)
            try await write(&stream)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// - Parameter event: its name; nil: none.
    mutating func send(_ data: JSONValue, event: String? = nil) async throws {
        try await write((event.map { "event: \($0)\n" } ?? "") + "data: \(data.text)\n\n")
    }

    /// What ends a stream of OpenAI's.
    mutating func sendDone() async throws { try await write("data: [DONE]\n\n") }

    mutating func ping() async throws { try await write(":\n\n") }

    private mutating func write(_ text: String) async throws { try await writer.write(ByteBuffer(string: text)) }
}
