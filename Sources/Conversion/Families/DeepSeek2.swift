/// DeepSeek-V2, V3 and R1, with latent attention that caches the vector that keys and values come from.
///
/// Source: `DeepseekV2ForCausalLM` and `DeepseekV3ForCausalLM` of `transformers`; llama.cpp's `conversion/deepseek.py`.
struct DeepSeek2: DecoderFamily {
    static let classes = ["DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM"]
    let architecture = "deepseek2"
    let decoder: Decoder
    private let latent: LatentSettings
    private let mixture: MixtureSettings
    private let isThird: Bool
    /// Of scores, by the logarithm of a stretched rope.
    private let mscale: Double
    private let scale: Double
    private let isNormalized: Bool
    private let groups: (count: Int, used: Int)?

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let parameters = try c.object("rope_parameters", "rope_scaling")
        let rope = try RotarySettings(c, parameters, knownYaRN: ["mscale", "mscale_all_dim"])
        decoder = try Decoder(c, className: className, DecoderTraits(headDimension: 64), rope: rope)
        try decoder.requirePlainRope(c)
        mscale = if case .yarn = rope.scaling { try parameters?.number("mscale_all_dim", default: 0) ?? 0 } else { 0 }
        guard try parameters?.number("mscale", default: mscale) ?? mscale == mscale else {
            throw c.unsupported("an mscale other than mscale_all_dim")
        }
        latent = try LatentSettings(c, isCompressed: true)
        isThird = className.hasPrefix("DeepseekV3")
        if isThird, try !c.bool("rope_interleave", default: true) { throw c.unsupported("rope_interleave: false") }
        var mixture = try MixtureSettings(
            count: c.size("n_routed_experts"), used: c.size("num_experts_per_tok"),
            size: c.size("moe_intermediate_size"), c)
        mixture.sharedSize = try c.size("n_shared_experts") * mixture.size
        mixture.leadingDense = try c.index("first_k_dense_replace", default: 0)
        self.mixture = mixture
        scale = try c.number("routed_scaling_factor", default: 1)
        isNormalized = isThird ? try c.bool("norm_topk_prob", default: true) : false
        let isGreedy = try c.string("topk_method", default: isThird ? "noaux_tc" : "greedy") == "greedy"
        groups = isGreedy ? nil : (try c.size("n_group"), try c.size("topk_group"))
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        latent.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        if mscale != 0 { keys.set("rope.scaling.yarn_log_multiplier", Float(mscale * 0.1)) }
        mixture.describe(&keys)
        mixture.describeSharedCount(&keys)
        keys.set("expert_weights_scale", Float(scale))
        keys.set("expert_weights_norm", isNormalized)
        keys.set("expert_gating_func", size: isThird ? 2 : 1)
        if let groups {
            keys.set("expert_group_count", size: groups.count)
            keys.set("expert_group_used_count", size: groups.used)
        }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t, mixture: mixture, latent: latent)
        // Layers behind the last are for drafts.
        let layers = decoder.layers
        t.leaveOut { $0.hasPrefix("layers.\(layers).") }
    }
}
