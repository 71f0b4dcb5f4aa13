internal import JSON

/// Falcon-H1. The constants of its parametrization become part of the weights.
///
/// Source: `FalconH1ForCausalLM` of `transformers`; llama.cpp's `conversion/falcon_h1.py`.
struct FalconH1: DecoderFamily {
    static let classes = ["FalconH1ForCausalLM"]
    let architecture = "falcon-h1"
    let decoder: Decoder
    private let stateSpace: HeadStateSpaceSettings
    private let normsBeforeGate: Bool
    /// What tensors are multiplied by.
    private let factors: [String: Float]
    /// The same of the rows of `ssm_in`.
    private let projectionFactors: [Float]

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(epsilon: 1e-5, contextLength: 8_192)
        // llama.cpp's files have the second name without a suffix.
        traits.norms = .init([("attn_norm", "input_layernorm")])
        traits.names = [
            "norm": "final_layernorm", "mlp.gate_proj": "feed_forward.gate_proj",
            "mlp.up_proj": "feed_forward.up_proj", "mlp.down_proj": "feed_forward.down_proj",
        ]
        decoder = try Decoder(c, className: className, traits)
        try decoder.requirePlainRope(c)
        stateSpace = try HeadStateSpaceSettings(hybrid: c, hiddenSize: decoder.hiddenSize)
        let hasNorm = try c.bool("mamba_rms_norm", default: false)
        normsBeforeGate = hasNorm ? try c.bool("mamba_norm_before_gate", default: true) : false
        for key in ["attention_bias", "mlp_bias", "projectors_bias"] {
            guard try !c.bool(key, default: false) else { throw c.unsupported("\(key): true") }
        }
        func factor(_ key: String) throws(ConversionError) -> Float { Float(try c.number(key, default: 1)) }
        let input = try factor("attention_in_multiplier")
        let mlp = try Self.numbers(c, "mlp_multipliers", count: 2)
        factors = [
            "token_embd": try factor("embedding_multiplier"), "output": try factor("lm_head_multiplier"),
            "attn_q": input, "attn_k": try input * factor("key_multiplier"), "attn_v": input,
            "attn_output": try factor("attention_out_multiplier"), "ssm_out": try factor("ssm_out_multiplier"),
            "ffn_gate": mlp[0], "ffn_down": mlp[1],
        ]
        let stateSpaceInput = try factor("ssm_in_multiplier")
        let parts = try Self.numbers(c, "ssm_multipliers", count: 5)
        projectionFactors = stateSpace.projectionFactors(parts.map { $0 * stateSpaceInput })
    }

    private static func numbers(_ c: Configuration, _ key: String, count: Int) throws(ConversionError) -> [Float] {
        guard c.has(key) else { return [Float](repeating: 1, count: count) }
        let numbers = c.value[key]?.items?.compactMap { $0.double.map { Float($0) } } ?? []
        guard numbers.count == count else { throw c.wrong(key, "an array of \(count) numbers") }
        return numbers
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        stateSpace.describe(&keys)
        if normsBeforeGate { keys.set("ssm.norm_before_gate", true) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = decoder.hiddenSize
        try decoder.map(&t) { t, _, from, to throws(ConversionError) in
            try decoder.mapAttention(&t, from, to)
            try stateSpace.map(&t, from: from + "mamba.", to: to, hiddenSize: size)
            try t.add(to + "ffn_norm", from: from + "pre_ff_layernorm.weight", [size])
            try decoder.mapFeedForward(&t, from, to)
        }
        // Embedding and output have factors of their own, so that one matrix does not serve for both.
        if decoder.isTied, factors["token_embd"] != factors["output"] {
            try t.add("output.weight", from: "embed_tokens.weight", [decoder.vocabularySize, size])
        }
        t.change { name in
            guard name.hasSuffix(".weight") else { return nil }
            let parts = name.split(separator: ".")
            let own = parts.count < 2 ? name : String(parts[parts.count - 2])
            if own == "ssm_in" { return .timesRows(projectionFactors) }
            return factors[own].map { .times($0) }
        }
    }
}
