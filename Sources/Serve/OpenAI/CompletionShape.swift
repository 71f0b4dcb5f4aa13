import Foundation
import Hummingbird
import JSON
import Swiftlet

/// Answers to a completion request in OpenAI's form, whole and in pieces.
struct CompletionShape: Sendable {
    let model: ServedModel
    let generation: GenerationFields
    /// What stands before each prompt's texts.
    let echoes: [String]
    let tellsProbabilities: Bool
    private let id = "cmpl-" + UUID().uuidString.lowercased().filter { $0 != "-" }
    private let created = Int(Date().timeIntervalSince1970)

    init(model: ServedModel, generation: GenerationFields, echoes: [String], tellsProbabilities: Bool) {
        self.model = model
        self.generation = generation
        self.echoes = echoes
        self.tellsProbabilities = tellsProbabilities
    }

    private var count: Int { echoes.count * generation.count }

    func whole(_ run: TextRun) async throws -> Response {
        var texts = (0..<count).map { echoes[$0 / generation.count] }
        var tokens = [[TokenInfo]](repeating: [], count: count)
        var ends = [TextEnd?](repeating: nil, count: count)
        for await event in run.events {
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
            choice(index, texts[index], tellsProbabilities ? tokens[index] : nil, ends[index]?.finishReason ?? "length")
        }
        return Response(json: envelope([("choices", .array(choices)), ("usage", usage(ends.compactMap(\.self)))]))
    }

    func stream(_ run: TextRun, into stream: inout EventStream) async throws {
        for index in 0..<count where !echoes[index / generation.count].isEmpty {
            try await send(choice(index, echoes[index / generation.count], nil, nil), &stream)
        }
        var ends: [TextEnd] = []
        for await event in run.events {
            switch event {
            case .piece(let index, let text, let token):
                let tells = tellsProbabilities && token != nil
                guard !text.isEmpty || tells else { continue }
                try await send(choice(index, text, tells ? [token].compactMap(\.self) : nil, nil), &stream)
            case .end(let index, let end):
                ends.append(end)
                try await send(choice(index, "", nil, end.finishReason), &stream)
            case .failure(let error): throw error
            case .ping: try await stream.ping()
            }
        }
        if generation.includesUsage {
            try await stream.send(envelope([("choices", .array([])), ("usage", usage(ends))]))
        }
        try await stream.sendDone()
    }

    private func send(_ choice: JSONValue, _ stream: inout EventStream) async throws {
        try await stream.send(envelope([("choices", .array([choice]))]))
    }

    private func choice(_ index: Int, _ text: String, _ tokens: [TokenInfo]?, _ reason: String?) -> JSONValue {
        .members([
            ("index", .int(index)), ("text", .string(text)), ("logprobs", tokens.map { probabilities($0) } ?? .null),
            ("finish_reason", reason.map { .string($0) } ?? .null),
        ])
    }

    private func envelope(_ members: [(String, JSONValue?)]) -> JSONValue {
        .members(
            [
                ("id", .string(id)), ("object", .string("text_completion")), ("created", .int(created)),
                ("model", .string(model.name)), ("system_fingerprint", .string("swiftlet")),
            ] + members)
    }

    /// Of all prompts, each counted once.
    private func usage(_ ends: [TextEnd]) -> JSONValue {
        let prompt = ends.reduce(0) { $0 + $1.promptTokens } / generation.count
        let written = ends.reduce(0) { $0 + $1.tokens }
        return .members([
            ("prompt_tokens", .int(prompt)), ("completion_tokens", .int(written)),
            ("total_tokens", .int(prompt + written)),
        ])
    }

    /// The form from before chat.
    private func probabilities(_ tokens: [TokenInfo]) -> JSONValue {
        func text(_ token: Token) -> String { String(decoding: model.model.bytes(of: token), as: UTF8.self) }
        var offset = 0
        var offsets: [JSONValue] = []
        for info in tokens {
            offsets.append(.int(offset))
            offset += text(info.token).unicodeScalars.count
        }
        let tops = tokens.map { info in
            JSONValue.object(info.top.map { JSONValue.Member(text($0.token), .float($0.logProbability)) })
        }
        return .members([
            ("tokens", .array(tokens.map { .string(text($0.token)) })),
            ("token_logprobs", .array(tokens.map { .float($0.logProbability ?? 0) })), ("top_logprobs", .array(tops)),
            ("text_offset", .array(offsets)),
        ])
    }
}
