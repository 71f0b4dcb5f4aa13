/// Hunyuan's dense models. What `alpha` makes of the rotation's base is written as the base.
///
/// Source: `HunYuanDenseV1ForCausalLM` of `transformers`; llama.cpp's `conversion/hunyuan.py`.
struct HunyuanDense: DecoderFamily {
    static let classes = ["HunYuanDenseV1ForCausalLM"]
    let architecture = "hunyuan-dense"
    let tokenizer = TokenizerDefaults(preTokenizer: "hunyuan-dense")
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(headNorms: .each, epsilon: 1e-5)
        traits.names = [
            "self_attn.q_norm": "self_attn.query_layernorm", "self_attn.k_norm": "self_attn.key_layernorm",
        ]
        let hiddenShare = try max(1, c.size("hidden_size") / c.size("num_attention_heads"))
        let parameters = try c.object("rope_parameters", "rope_scaling")
        let rope = try RotarySettings(
            c, parameters, alphaDimension: c.size("head_dim", default: hiddenShare))
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
