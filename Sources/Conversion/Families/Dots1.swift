/// dots.llm1.
///
/// Source: `Dots1ForCausalLM` of `transformers`; llama.cpp's `conversion/dots1.py`.
struct Dots1: DecoderFamily {
    static let classes = ["Dots1ForCausalLM"]
    let architecture = "dots1"
    let decoder: Decoder
    private let mixture: MixtureSettings
    private let scale: Double
    private let isNormalized: Bool
    private let groups: (count: Int, used: Int)

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(headNorms: .each))
        try decoder.requirePlainRope(c)
        var mixture = try MixtureSettings(
            count: c.size("n_routed_experts"), used: c.size("num_experts_per_tok"),
            size: c.size("moe_intermediate_size"), c)
        mixture.sharedSize = try c.index("n_shared_experts", default: 0) * mixture.size
        mixture.leadingDense = try c.index("first_k_dense_replace", default: 0)
        self.mixture = mixture
        scale = try c.number("routed_scaling_factor", default: 1)
        isNormalized = try c.bool("norm_topk_prob", default: false)
        groups = (try c.size("n_group", default: 1), try c.size("topk_group", default: 1))
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        mixture.describe(&keys)
        mixture.describeSharedCount(&keys)
        keys.set("expert_gating_func", size: 2)
        keys.set("expert_weights_scale", Float(scale))
        keys.set("expert_weights_norm", isNormalized)
        keys.set("expert_group_count", size: groups.count)
        keys.set("expert_group_used_count", size: groups.used)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
