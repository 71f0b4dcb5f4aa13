/// Granite 3 and 4 with attention alone. The rows of query and key are written as neighbouring pairs.
///
/// Source: `GraniteForCausalLM`, `GraniteMoeForCausalLM` and `GraniteMoeSharedForCausalLM` of `transformers`; llama.cpp's `conversion/granite.py`.
struct Granite: DecoderFamily {
    static let classes = [
        "GraniteForCausalLM", "GraniteModel", "GraniteMoeForCausalLM", "GraniteMoeSharedForCausalLM",
    ]
    var architecture: String { mixture == nil ? "granite" : "granitemoe" }
    let decoder: Decoder
    private let constants: [(key: String, value: Double)]
    private let mixture: MixtureSettings?

    var expertCount: Int { mixture?.count ?? 0 }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(pairsHalves: true))
        try decoder.requirePlainRope(c)
        constants = try Self.constants(c)
        mixture = className.hasPrefix("GraniteMoe") ? try Self.mixture(c, decoder) : nil
    }

    /// What embeddings, scores, residuals and logits are multiplied or divided by.
    static func constants(_ c: Configuration) throws(ConversionError) -> [(key: String, value: Double)] {
        var constants: [(key: String, value: Double)] = []
        for (key, setting) in [
            ("attention.scale", "attention_multiplier"), ("embedding_scale", "embedding_multiplier"),
            ("residual_scale", "residual_multiplier"), ("logit_scale", "logits_scaling"),
        ] {
            let value = try c.number(setting, default: 1)
            guard value > 0 else { throw c.wrong(setting, "more than 0") }
            constants.append((key, value))
        }
        return constants
    }

    static func mixture(_ c: Configuration, _ decoder: Decoder) throws(ConversionError) -> MixtureSettings {
        var mixture = try MixtureSettings(
            count: c.size("num_local_experts"), used: c.size("num_experts_per_tok"), size: decoder.feedForwardSize, c)
        mixture.sharedSize = try c.index("shared_intermediate_size", default: 0)
        mixture.part = "block_sparse_moe."
        mixture.router = "router.layer"
        mixture.shared = "shared_mlp."
        mixture.isSharedPacked = true
        mixture.storage = .stacked(gateUp: "input_linear.weight", down: "output_linear.weight")
        return mixture
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        for (key, value) in constants { keys.set(key, Float(value)) }
        mixture?.describe(&keys)
        mixture?.describeSharedSize(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
