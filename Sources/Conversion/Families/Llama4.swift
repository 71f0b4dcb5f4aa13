internal import JSON

/// Llama 4, of models that see images the part that reads text.
///
/// Source: `Llama4ForCausalLM` and `Llama4ForConditionalGeneration` of `transformers`; llama.cpp's `conversion/llama.py`.
struct Llama4: DecoderFamily {
    static let classes = ["Llama4ForCausalLM", "Llama4ForConditionalGeneration"]
    static let prefixes = ["language_model.model.", "model.language_model.", "language_model.", "model."]
    let architecture = "llama4"
    let decoder: Decoder
    private let mixture: MixtureSettings
    private let chunkLength: Int
    private let temperature: (coefficient: Double, length: Int)

    var expertCount: Int { mixture.count }

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let text = try whole.object("text_config")
        let c = text ?? whole
        var traits = DecoderTraits(headDimension: 128, feedForwardKey: "intermediate_size_mlp")
        for name in ["gate_proj", "up_proj", "down_proj"] { traits.names["mlp.\(name)"] = "feed_forward.\(name)" }
        decoder = try Decoder(c, className: className, traits)
        try decoder.requirePlainRope(c, orLlama3: true)
        var mixture = try MixtureSettings(
            count: c.size("num_local_experts"), used: c.size("num_experts_per_tok", default: 1),
            size: c.size("intermediate_size"), c)
        guard mixture.used == 1 else { throw c.unsupported("more than one expert a token") }
        mixture.sharedSize = mixture.size
        mixture.period = try c.size("interleave_moe_layer_step", default: 1)
        mixture.part = "feed_forward."
        mixture.router = "router"
        mixture.shared = "shared_expert."
        mixture.storage = .transposed(
            gateUp: "experts.gate_up_proj", down: "experts.down_proj", alternates: false)
        self.mixture = mixture
        chunkLength = try c.size("attention_chunk_size", default: 8_192)
        temperature = (try c.number("attn_scale", default: 0.1), try c.size("floor_scale", default: 8_192))
        try check(c)
    }

    private func check(_ c: Configuration) throws(ConversionError) {
        guard try c.bool("attn_temperature_tuning", default: true) else {
            throw c.unsupported("attn_temperature_tuning: false")
        }
        // Normalized unless there are 128 experts, which is all that files say of it.
        guard try c.bool("use_qk_norm", default: true) == (mixture.count != 128) else {
            throw c.unsupported("use_qk_norm with \(mixture.count) experts")
        }
        guard let layers = c.find(["no_rope_layers"])?.value.items, !layers.isEmpty else { return }
        let usual = layers.indices.map { ($0 + 1) % 4 == 0 ? 0 : 1 }
        guard layers.map(\.int) == usual else { throw c.unsupported("no_rope_layers other than every fourth") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        mixture.describe(&keys)
        keys.set("interleave_moe_layer_step", size: mixture.period)
        // llama.cpp knows the usual ones alone.
        if chunkLength != 8_192 { keys.set("attention.sliding_window", size: chunkLength) }
        if temperature.coefficient != 0.1 {
            keys.set("attention.temperature_scale", Float(temperature.coefficient))
        }
        if temperature.length != 8_192 { keys.set("attention.temperature_length", size: temperature.length) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t, mixture: mixture)
        if let factors = decoder.rope.frequencyFactors(dimension: decoder.headDimension) {
            t.add("rope_freqs.weight", values: factors)
        }
        t.leaveOut { $0.hasPrefix("vision_model.") || $0.hasPrefix("multi_modal_projector.") }
    }
}
