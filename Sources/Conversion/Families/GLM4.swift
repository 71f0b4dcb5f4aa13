/// GLM-4-9B as `transformers` has it, and GLM-4-0414, which has norms behind attention and feed-forward, too.
///
/// Source: `GlmForCausalLM` and `Glm4ForCausalLM` of `transformers`; llama.cpp's `conversion/glm.py`.
struct GLM4: DecoderFamily {
    static let classes = ["Glm4ForCausalLM", "GlmForCausalLM"]
    let architecture: String
    let decoder: Decoder
    private let rotated: Int

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let isSecond = className.hasPrefix("Glm4")
        architecture = isSecond ? "glm4" : "chatglm"
        var traits = DecoderTraits(epsilon: 1.5625e-7, packsFeedForward: true)
        if isSecond {
            traits.norms = DecoderTraits.Norms([
                ("attn_norm", "input_layernorm"), ("post_attention_norm", "post_self_attn_layernorm"),
                ("ffn_norm", "post_attention_layernorm"), ("post_ffw_norm", "post_mlp_layernorm"),
            ])
        }
        (traits.headDimension, traits.keyValueHeads, traits.contextLength) = (128, 2, 131_072)
        decoder = try Decoder(c, className: className, traits, rope: RotarySettings(c, defaultShare: 0.5))
        try decoder.requirePlainRope(c, orPartial: true)
        rotated = try decoder.rope.rotated(of: decoder.headDimension, c)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: rotated)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
