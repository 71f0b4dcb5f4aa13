import JSON
import Swiftlet

/// Tokens with their probabilities, as chat answers tell them.
struct TokenShape {
    private let model: Model

    init(_ model: Model) { self.model = model }

    func json(_ info: TokenInfo) -> JSONValue {
        let top = info.top.map { JSONValue.members(token($0.token, $0.logProbability)) }
        return .members(token(info.token, info.logProbability ?? 0) + [("top_logprobs", .array(top))])
    }

    /// The text may be a part of a character; the bytes tell it exactly.
    private func token(_ token: Token, _ logProbability: Float) -> [(String, JSONValue?)] {
        let bytes = model.bytes(of: token)
        return [
            ("token", .string(String(decoding: bytes, as: UTF8.self))), ("logprob", .float(logProbability)),
            ("bytes", .array(bytes.map { .int(Int($0)) })),
        ]
    }
}

extension TextEnd {
    /// Why a text ended, in OpenAI's words.
    var finishReason: String {
        switch reason {
        case .end, .stop, .grammar, .caller: "stop"
        case .length, .context: "length"
        }
    }

    /// Tokens of all texts of a request.
    static func usage(_ ends: [TextEnd]) -> JSONValue {
        let prompt = ends.first?.promptTokens ?? 0
        let written = ends.reduce(0) { $0 + $1.tokens }
        return .members([
            ("prompt_tokens", .int(prompt)), ("completion_tokens", .int(written)),
            ("total_tokens", .int(prompt + written)),
            ("prompt_tokens_details", .members([("cached_tokens", .int(ends.first?.cachedTokens ?? 0))])),
        ])
    }

    /// As llama-server tells them.
    var timings: JSONValue {
        let computed = promptTokens - cachedTokens
        return .members([
            ("cache_n", .int(cachedTokens)), ("prompt_n", .int(computed)), ("prompt_ms", .float(promptSeconds * 1000)),
            ("prompt_per_second", .float(promptSeconds > 0 ? Double(computed) / promptSeconds : 0)),
            ("predicted_n", .int(tokens)), ("predicted_ms", .float(seconds * 1000)),
            ("predicted_per_second", .float(seconds > 0 ? Double(max(0, tokens - 1)) / seconds : 0)),
        ])
    }
}
