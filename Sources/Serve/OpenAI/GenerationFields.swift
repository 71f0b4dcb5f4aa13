import JSON
import Swiftlet

/// How texts are chosen, as requests of OpenAI's API say it, and llama-server's.
struct GenerationFields: Sendable {
    var options: GenerationOptions
    /// Texts of each prompt.
    var count = 1
    var streams = false
    /// Whether a stream ends with the number of tokens.
    var includesUsage = false

    /// - Parameter model: its recommendations hold where the request says nothing.
    /// - Throws: ``APIError``, or ``SwiftletError`` for what the model's file recommends and cannot be done.
    init(_ fields: Fields, _ model: Model) throws {
        var sampling = (try? model.recommendedSampling()) ?? SamplingOptions()
        if let value = try fields.float("temperature") { sampling.temperature = value }
        if let value = try fields.float("top_p") { sampling.topP = value }
        if let value = try fields.int("top_k", in: -1...Int(Int32.max)) { sampling.topK = max(0, value) }
        if let value = try fields.float("min_p") { sampling.minP = value }
        if let value = try fields.float("typical_p") { sampling.typicalP = value }
        if let value = try fields.float("frequency_penalty") { sampling.frequencyPenalty = value }
        if let value = try fields.float("presence_penalty") { sampling.presencePenalty = value }
        if let value = try fields.float("repetition_penalty") ?? fields.float("repeat_penalty") {
            sampling.repetitionPenalty = value
        }
        if let value = try fields.int("repeat_last_n", in: -1...Int(Int32.max)) { sampling.penaltyWindow = value }
        // A seed below 0 means: any.
        if let value = try fields.int("seed"), value >= 0 { sampling.seed = UInt64(value) }
        sampling.logitBias = try Self.logitBias(fields)
        var options = GenerationOptions()
        options.sampling = sampling
        options.maxTokens =
            try fields.int("max_completion_tokens", in: 0...Int(Int32.max))
            ?? fields.int("max_tokens", in: -1...Int(Int32.max)) ?? fields.int("n_predict", in: -1...Int(Int32.max))
        if options.maxTokens == -1 { options.maxTokens = nil }
        options.minTokens = try fields.int("min_tokens", in: 0...Int(Int32.max)) ?? 0
        options.ignoresEnd = try fields.bool("ignore_eos") ?? false
        options.stop = try Self.stop(fields)
        options.grammar = try Self.grammar(fields)
        self.options = options
        count = try fields.int("n", in: 1...128) ?? 1
        streams = try fields.bool("stream") ?? false
        includesUsage = try fields.object("stream_options")?.bool("include_usage") ?? false
    }

    private static func stop(_ fields: Fields) throws(APIError) -> [String] {
        let stop = try fields.strings("stop") ?? []
        guard stop.count <= 64, stop.allSatisfy({ $0.utf8.count <= 4096 }) else {
            throw .invalid("stop has \(stop.count) strings: use up to 64 of 4,096 bytes", param: "stop")
        }
        // Clients send empty ones for none.
        return stop.filter { !$0.isEmpty }
    }

    private static func logitBias(_ fields: Fields) throws(APIError) -> [Token: Float] {
        guard let biases = try fields.object("logit_bias")?.json.members else { return [:] }
        guard biases.count <= 1024 else {
            throw .invalid("logit_bias has \(biases.count) members: use up to 1,024", param: "logit_bias")
        }
        var result: [Token: Float] = [:]
        for member in biases {
            guard let token = Token(member.name), let bias = member.value.double, Float(bias).isFinite else {
                throw .invalid(
                    "logit_bias.\(member.name) should be a token's id and a number", param: "logit_bias")
            }
            result[token] = Float(bias)
        }
        return result
    }

    /// `response_format`, or llama-server's `json_schema` and `grammar`.
    private static func grammar(_ fields: Fields) throws -> OutputGrammar? {
        if let schema = fields["json_schema"] { return try OutputGrammar(jsonSchema: schema.text) }
        if let grammar = try fields.string("grammar"), !grammar.isEmpty { return try OutputGrammar(gbnf: grammar) }
        guard let format = try fields.object("response_format") else { return nil }
        switch try format.required("type", format.string("type")) {
        case "text": return nil
        case "json_object":
            let schema = format["schema"] ?? .object([.init("type", .string("object"))])
            return try OutputGrammar(jsonSchema: schema.text)
        case "json_schema":
            let named = try format.required("json_schema", format.object("json_schema"))
            return try OutputGrammar(jsonSchema: named.required("schema", named["schema"]).text)
        case let other:
            throw APIError.invalid(
                "response_format.type is \(other): use text, json_object or json_schema",
                param: "response_format.type")
        }
    }
}
