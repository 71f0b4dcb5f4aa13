import Foundation
import Hummingbird
import JSON
import Swiftlet

/// Answers to a chat request in OpenAI's form, whole and in pieces.
struct ChatShape: Sendable {
    let request: ChatRequest
    private let id = "chatcmpl-" + UUID().uuidString.lowercased().filter { $0 != "-" }
    private let created = Int(Date().timeIntervalSince1970)

    init(_ request: ChatRequest) {
        self.request = request
    }

    // MARK: Whole

    func whole(_ run: TextRun) async throws -> Response {
        var reader = ChatAnswers(request)
        var tokens = [[TokenInfo]](repeating: [], count: request.generation.count)
        try await reader.read(run) { event in
            if case .token(let index, let token) = event { tokens[index].append(token) }
        }
        let choices = reader.answers.enumerated().map { index, answer in
            JSONValue.members([
                ("index", .int(index)), ("message", message(answer)),
                ("logprobs", request.tellsProbabilities ? probabilities(tokens[index]) : .null),
                ("finish_reason", .string(reader.ends[index].map { answer.finishReason($0) } ?? "length")),
            ])
        }
        let ends = reader.ends.compactMap(\.self)
        return Response(
            json: envelope(
                "chat.completion",
                [
                    ("choices", .array(choices)), ("usage", TextEnd.usage(ends)), ("timings", ends.first?.timings),
                ]))
    }

    private func message(_ answer: Answer) -> JSONValue {
        let calls = answer.calls.map { Self.json($0) }
        return .members([
            ("role", .string("assistant")),
            ("content", answer.content.isEmpty && !calls.isEmpty ? .null : .string(answer.content)),
            ("reasoning_content", answer.reasoning.isEmpty ? nil : .string(answer.reasoning)),
            ("tool_calls", calls.isEmpty ? nil : .array(calls)), ("refusal", .null),
        ])
    }

    private static func json(_ call: ToolCall, index: Int? = nil) -> JSONValue {
        .members([
            ("index", index.map { .int($0) }), ("id", .string(call.id)), ("type", .string("function")),
            ("function", .members([("name", .string(call.name)), ("arguments", .string(call.arguments))])),
        ])
    }

    // MARK: Pieces

    func stream(_ run: TextRun, into stream: inout EventStream) async throws {
        for index in 0..<request.generation.count {
            try await stream.send(
                chunk(index, delta: [("role", .string("assistant")), ("content", .string(""))]))
        }
        var reader = ChatAnswers(request)
        var calls = [Int](repeating: 0, count: request.generation.count)
        // Tokens without a part yet are told with the next part.
        var tokens = [[TokenInfo]](repeating: [], count: request.generation.count)
        let tells = request.tellsProbabilities
        var writer = stream
        try await reader.read(run) { event in
            switch event {
            case .token(let index, let token): if tells { tokens[index].append(token) }
            case .part(let index, let part):
                try await writer.send(
                    chunk(index, delta: [delta(part, &calls[index])], tokens: tells ? tokens[index] : nil))
                tokens[index] = []
            case .end(let index, let end):
                let reason = calls[index] > 0 && end.finishReason != "length" ? "tool_calls" : end.finishReason
                try await writer.send(chunk(index, delta: [], tokens: tells ? tokens[index] : nil, reason: reason))
            case .ping: try await writer.ping()
            }
        }
        stream = writer
        if request.generation.includesUsage {
            let ends = reader.ends.compactMap(\.self)
            try await stream.send(
                envelope(
                    "chat.completion.chunk",
                    [
                        ("choices", .array([])), ("usage", TextEnd.usage(ends)), ("timings", ends.first?.timings),
                    ]))
        }
        try await stream.sendDone()
    }

    private func delta(_ part: AnswerPart, _ calls: inout Int) -> (String, JSONValue?) {
        switch part {
        case .content(let text): return ("content", .string(text))
        case .reasoning(let text): return ("reasoning_content", .string(text))
        case .toolCall(let call):
            defer { calls += 1 }
            return ("tool_calls", .array([Self.json(call, index: calls)]))
        }
    }

    private func chunk(
        _ index: Int, delta: [(String, JSONValue?)], tokens: [TokenInfo]? = nil, reason: String? = nil
    ) -> JSONValue {
        let choice = JSONValue.members([
            ("index", .int(index)), ("delta", .members(delta)), ("logprobs", tokens.map { probabilities($0) } ?? .null),
            ("finish_reason", reason.map { .string($0) } ?? .null),
        ])
        return envelope("chat.completion.chunk", [("choices", .array([choice]))])
    }

    // MARK: Parts

    private func envelope(_ object: String, _ members: [(String, JSONValue?)]) -> JSONValue {
        .members(
            [
                ("id", .string(id)), ("object", .string(object)), ("created", .int(created)),
                ("model", .string(request.model.name)), ("system_fingerprint", .string("swiftlet")),
            ] + members)
    }

    private func probabilities(_ tokens: [TokenInfo]) -> JSONValue {
        .members([
            ("content", .array(tokens.map { TokenShape(request.model.model).json($0) })), ("refusal", .null),
        ])
    }
}
