/// InternLM 2 and 2.5. Query, key and value are stored group by group; they are written one after the other, the rows of query
/// and key as neighbouring pairs.
///
/// Source: `InternLM2ForCausalLM` as it was published (`modeling_internlm2.py`); llama.cpp's `conversion/internlm.py`.
struct InternLM2: DecoderFamily {
    static let classes = ["InternLM2ForCausalLM"]
    let architecture = "internlm2"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(pairsHalves: true, fusion: .grouped)
        traits.names = [
            "embed_tokens": "tok_embeddings", "lm_head": "output", "input_layernorm": "attention_norm",
            "post_attention_layernorm": "ffn_norm", "self_attn.qkv_proj": "attention.wqkv",
            "self_attn.o_proj": "attention.wo", "mlp.gate_proj": "feed_forward.w1", "mlp.up_proj": "feed_forward.w3",
            "mlp.down_proj": "feed_forward.w2",
        ]
        let scaling = try c.object("rope_parameters", "rope_scaling")
        let kind = try scaling?.string("rope_type", "type", default: "default")
        // The class stretches its rotation beyond the context alone.
        let rope = try RotarySettings(c, kind == "dynamic" ? nil : scaling)
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
