/// Phi-3.5-MoE.
///
/// Source: `PhimoeForCausalLM` of `transformers`; llama.cpp's `conversion/phi.py`.
struct PhiMoE: DecoderFamily {
    static let classes = ["PhimoeForCausalLM", "PhiMoEForCausalLM"]
    let architecture = "phimoe"
    let decoder: Decoder
    private let mixture: MixtureSettings
    /// Positions that every layer sees; nil: all.
    private let window: Int?

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(hasWindows: true))
        if case .llama3 = decoder.rope.scaling { throw c.unsupported("rope scaling of the kind \"llama3\"") }
        guard decoder.rope.rotatedShare == 1 else { throw c.unsupported("partial_rotary_factor") }
        guard try c.number("router_jitter_noise", default: 0.01) == 0.01 else {
            throw c.unsupported("router_jitter_noise other than 0.01")
        }
        window = c.has("sliding_window") ? try c.size("sliding_window") : nil
        var mixture = try MixtureSettings(
            count: c.size("num_local_experts", default: 16), used: c.size("num_experts_per_tok", default: 2),
            size: decoder.feedForwardSize, c)
        mixture.part = "block_sparse_moe."
        mixture.storage = .apart(gate: "w1", up: "w3", down: "w2")
        self.mixture = mixture
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        mixture.describe(&keys)
        if let window, window < decoder.contextLength { keys.set("attention.sliding_window", size: window) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t, mixture: mixture)
        guard let factors = try decoder.rope.longFactors(pairs: decoder.headDimension / 2) else { return }
        t.add("rope_factors_long.weight", values: factors.long)
        t.add("rope_factors_short.weight", values: factors.short)
    }
}
