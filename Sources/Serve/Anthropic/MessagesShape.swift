import Foundation
import Hummingbird
import JSON
import Swiftlet

/// Answers in the form of Anthropic's Messages API, whole and in events.
struct MessagesShape: Sendable {
    let request: ChatRequest
    private let id = "msg_" + UUID().uuidString.lowercased().filter { $0 != "-" }

    init(_ request: ChatRequest) {
        self.request = request
    }

    // MARK: Whole

    func whole(_ run: TextRun) async throws -> Response {
        var reader = ChatAnswers(request)
        try await reader.read(run)
        let answer = reader.answers.first ?? Answer()
        let end = reader.ends.first ?? nil
        var content: [JSONValue] = []
        if !answer.reasoning.isEmpty {
            content.append(
                .members([
                    ("type", .string("thinking")), ("thinking", .string(answer.reasoning)), ("signature", .string("")),
                ]))
        }
        if !answer.content.isEmpty {
            content.append(.members([("type", .string("text")), ("text", .string(answer.content))]))
        }
        for call in answer.calls {
            let input = (try? JSONParser.parse(call.arguments)) ?? .object([])
            content.append(
                .members([
                    ("type", .string("tool_use")), ("id", .string(call.id)), ("name", .string(call.name)),
                    ("input", input),
                ]))
        }
        return Response(json: message(content, end, hasCalls: !answer.calls.isEmpty))
    }

    private func message(_ content: [JSONValue], _ end: TextEnd?, hasCalls: Bool) -> JSONValue {
        .members([
            ("id", .string(id)), ("type", .string("message")), ("role", .string("assistant")),
            ("model", .string(request.model.name)), ("content", .array(content)),
            ("stop_reason", end.map { .string(Self.reason($0, hasCalls: hasCalls)) } ?? .null),
            ("stop_sequence", end?.stop.map { .string($0) } ?? .null), ("usage", usage(end)),
        ])
    }

    private func usage(_ end: TextEnd?) -> JSONValue {
        let prompt = request.text.prompt.count
        let cached = end?.cachedTokens ?? 0
        return .members([
            ("input_tokens", .int(prompt - cached)), ("cache_read_input_tokens", .int(cached)),
            ("cache_creation_input_tokens", .int(0)), ("output_tokens", .int(end?.tokens ?? 0)),
        ])
    }

    private static func reason(_ end: TextEnd, hasCalls: Bool) -> String {
        if end.finishReason == "length" { return "max_tokens" }
        if hasCalls { return "tool_use" }
        return end.reason == .stop ? "stop_sequence" : "end_turn"
    }

    // MARK: Events

    /// The block of content that is open.
    private struct Block {
        var index = -1
        var type = ""
        var hasCalls = false
    }

    func stream(_ run: TextRun, into stream: inout EventStream) async throws {
        var writer = stream
        try await Self.send(
            "message_start", [("message", message([], nil, hasCalls: false))], &writer)
        var reader = ChatAnswers(request)
        var block = Block()
        try await reader.read(run) { event in
            switch event {
            case .part(_, let part): try await write(part, &block, &writer)
            case .ping: try await Self.send("ping", [], &writer)
            case .token, .end: break
            }
        }
        try await close(&block, &writer)
        if let end = reader.ends.first ?? nil {
            let delta = JSONValue.members([
                ("stop_reason", .string(Self.reason(end, hasCalls: block.hasCalls))),
                ("stop_sequence", end.stop.map { .string($0) } ?? .null),
            ])
            try await Self.send("message_delta", [("delta", delta), ("usage", usage(end))], &writer)
        }
        try await Self.send("message_stop", [], &writer)
        stream = writer
    }

    private func write(_ part: AnswerPart, _ block: inout Block, _ writer: inout EventStream) async throws {
        switch part {
        case .content(let text):
            try await open("text", [("text", .string(""))], &block, &writer)
            try await delta("text_delta", "text", text, block, &writer)
        case .reasoning(let text):
            try await open("thinking", [("thinking", .string("")), ("signature", .string(""))], &block, &writer)
            try await delta("thinking_delta", "thinking", text, block, &writer)
        case .toolCall(let call):
            try await close(&block, &writer)
            block.hasCalls = true
            try await open(
                "tool_use", [("id", .string(call.id)), ("name", .string(call.name)), ("input", .object([]))], &block,
                &writer)
            try await delta("input_json_delta", "partial_json", call.arguments, block, &writer)
            try await close(&block, &writer)
        }
    }

    private func open(
        _ type: String, _ members: [(String, JSONValue?)], _ block: inout Block, _ writer: inout EventStream
    ) async throws {
        guard block.type != type else { return }
        try await close(&block, &writer)
        block.index += 1
        block.type = type
        try await Self.send(
            "content_block_start",
            [("index", .int(block.index)), ("content_block", .members([("type", .string(type))] + members))], &writer)
    }

    private func delta(
        _ type: String, _ name: String, _ text: String, _ block: Block, _ writer: inout EventStream
    ) async throws {
        let delta = JSONValue.members([("type", .string(type)), (name, .string(text))])
        try await Self.send("content_block_delta", [("index", .int(block.index)), ("delta", delta)], &writer)
    }

    private func close(_ block: inout Block, _ writer: inout EventStream) async throws {
        guard !block.type.isEmpty else { return }
        block.type = ""
        try await Self.send("content_block_stop", [("index", .int(block.index))], &writer)
    }

    private static func send(
        _ type: String, _ members: [(String, JSONValue?)], _ writer: inout EventStream
    ) async throws {
        try await writer.send(.members([("type", .string(type))] + members), event: type)
    }
}
