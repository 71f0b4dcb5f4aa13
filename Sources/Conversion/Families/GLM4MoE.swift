/// GLM-4.5 and 4.6, without the layer for drafts.
///
/// Source: `Glm4MoeForCausalLM` of `transformers`; llama.cpp's `conversion/glm.py`.
struct GLM4MoE: DecoderFamily {
    static let classes = ["Glm4MoeForCausalLM"]
    let architecture = "glm4moe"
    let decoder: Decoder
    private let mixture: MixtureSettings
    /// Columns of a head that rotate.
    private let rotated: Int
    private let scale: Double
    private let isNormalized: Bool
    private let groups: (count: Int, used: Int)

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let hasNorms = try c.bool("use_qk_norm", default: false)
        decoder = try Decoder(
            c, className: className,
            DecoderTraits(headNorms: hasNorms ? .each : .none, norms: .beforeAsStored))
        switch decoder.rope.scaling {
        case .llama3: throw c.unsupported("rope scaling of the kind \"llama3\"")
        case .longrope: throw c.unsupported("rope scaling of the kind \"longrope\"")
        default: break
        }
        rotated = Int(Double(decoder.headDimension) * decoder.rope.rotatedShare)
        var mixture = try MixtureSettings(
            count: c.size("n_routed_experts"), used: c.size("num_experts_per_tok"),
            size: c.size("moe_intermediate_size"), c)
        mixture.sharedSize = try c.index("n_shared_experts", default: 0) * mixture.size
        mixture.leadingDense = try c.index("first_k_dense_replace", default: 0)
        self.mixture = mixture
        scale = try c.number("routed_scaling_factor", default: 1)
        isNormalized = try c.bool("norm_topk_prob", default: true)
        groups = (try c.size("n_group", default: 1), try c.size("topk_group", default: 1))
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: rotated)
        mixture.describe(&keys)
        mixture.describeSharedCount(&keys)
        keys.set("expert_gating_func", size: 2)
        keys.set("expert_weights_scale", Float(scale))
        keys.set("expert_weights_norm", isNormalized)
        keys.set("expert_group_count", size: groups.count)
        keys.set("expert_group_used_count", size: groups.used)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t, mixture: mixture)
        let layers = decoder.layers
        t.leaveOut { $0.hasPrefix("layers.\(layers).") }
    }
}
