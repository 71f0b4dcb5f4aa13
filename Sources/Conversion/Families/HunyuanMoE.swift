/// Hunyuan-A13B. The base of its rope is written as it is scaled.
///
/// Source: `HunYuanMoEV1ForCausalLM` of `transformers`; llama.cpp's `conversion/hunyuan.py`.
struct HunyuanMoE: DecoderFamily {
    static let classes = ["HunYuanMoEV1ForCausalLM"]
    let architecture = "hunyuan-moe"
    let decoder: Decoder
    private let mixture: MixtureSettings

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(headNorms: .each, isTied: true)
        traits.names = [
            "self_attn.q_norm": "self_attn.query_layernorm", "self_attn.k_norm": "self_attn.key_layernorm",
        ]
        let hiddenShare = try max(1, c.size("hidden_size") / c.size("num_attention_heads"))
        let parameters = try c.object("rope_parameters", "rope_scaling")
        let rope = try RotarySettings(
            c, parameters, alphaDimension: c.size("head_dim", default: hiddenShare))
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c)
        // Lists have the same number for every layer.
        var mixture = try MixtureSettings(
            count: c.uniformSize("num_experts"), used: c.uniformSize("moe_topk"), size: decoder.feedForwardSize, c)
        mixture.router = "gate.wg"
        mixture.shared = "shared_mlp."
        mixture.sharedSize = decoder.feedForwardSize * (try c.uniformSize("num_shared_expert", default: 1))
        self.mixture = mixture
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        mixture.describe(&keys)
        mixture.describeSharedSize(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
