import Foundation
import Hummingbird
import JSON
import Swiftlet

/// Answers to a chat request in OpenAI's form, whole and in pieces.
struct ChatShape: Sendable {
    let model: ServedModel
    let request: ChatRequest
    private let id = "chatcmpl-" + UUID().uuidString.lowercased().filter { $0 != "-" }
    private let created = Int(Date().timeIntervalSince1970)

    init(model: ServedModel, request: ChatRequest) {
        self.model = model
        self.request = request
    }

    // MARK: Whole

    func whole(_ run: TextRun) async throws -> Response {
        var texts = [String](repeating: "", count: request.generation.count)
        var tokens = [[TokenInfo]](repeating: [], count: texts.count)
        var ends = [TextEnd?](repeating: nil, count: texts.count)
        for await event in run.job.events {
            switch event {
            case .piece(let index, let text, let token):
                texts[index] += text
                if let token { tokens[index].append(token) }
            case .end(let index, let end): ends[index] = end
            case .failure(let error): throw error
            case .ping: break
            }
        }
        let choices = texts.indices.map { index in
            JSONValue.members([
                ("index", .int(index)),
                (
                    "message",
                    .members([("role", .string("assistant")), ("content", .string(texts[index]))])
                ),
                ("logprobs", request.tellsProbabilities ? probabilities(tokens[index]) : .null),
                ("finish_reason", .string(ends[index]?.finishReason ?? "length")),
            ])
        }
        let all = ends.compactMap(\.self)
        return Response(
            json: envelope("chat.completion", [
                ("choices", .array(choices)), ("usage", TextEnd.usage(all)), ("timings", all.first?.timings),
            ]))
    }

    // MARK: Pieces

    func stream(_ run: TextRun, into stream: inout EventStream) async throws {
        for index in 0..<request.generation.count {
            try await stream.send(
                chunk(index, delta: [("role", .string("assistant")), ("content", .string(""))]))
        }
        var ends: [TextEnd] = []
        for await event in run.job.events {
            switch event {
            case .piece(let index, let text, let token):
                let tells = request.tellsProbabilities && token != nil
                guard !text.isEmpty || tells else { continue }
                try await stream.send(
                    chunk(index, delta: [("content", .string(text))], tokens: tells ? [token].compactMap(\.self) : nil))
            case .end(let index, let end):
                ends.append(end)
                try await stream.send(chunk(index, delta: [], reason: end.finishReason))
            case .failure(let error): throw error
            case .ping: try await stream.ping()
            }
        }
        if request.generation.includesUsage {
            try await stream.send(
                envelope("chat.completion.chunk", [
                    ("choices", .array([])), ("usage", TextEnd.usage(ends)), ("timings", ends.first?.timings),
                ]))
        }
        try await stream.sendDone()
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
                ("model", .string(model.name)), ("system_fingerprint", .string("swiftlet")),
            ] + members)
    }

    private func probabilities(_ tokens: [TokenInfo]) -> JSONValue {
        .members([("content", .array(tokens.map { TokenShape(model.model).json($0) })), ("refusal", .null)])
    }
}
