/// ChatGLM 3 and GLM-4-9B with the class, names and settings that they were published with.
///
/// Source: `ChatGLMForConditionalGeneration` as it was published (`modeling_chatglm.py`); llama.cpp's `conversion/chatglm.py`.
struct ChatGLM: DecoderFamily {
    static let classes = ["ChatGLMModel", "ChatGLMForConditionalGeneration"]
    static let prefixes = ["transformer."]
    let architecture = "chatglm"
    let tokenizer = TokenizerDefaults(preTokenizer: "glm4")
    let decoder: Decoder
    private let rotated: Int

    init(_ given: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        for (key, usual) in [
            ("rmsnorm", true), ("add_bias_linear", false), ("post_layer_norm", true), ("original_rope", true),
            ("apply_residual_connection_post_layernorm", false),
        ] {
            guard try given.bool(key, default: usual) == usual else { throw given.unsupported("\(key): \(!usual)") }
        }
        let isGrouped = try given.bool("multi_query_attention", default: false)
        var names = [
            "num_layers": "num_hidden_layers", "ffn_hidden_size": "intermediate_size", "kv_channels": "head_dim",
            "padded_vocab_size": "vocab_size", "seq_length": "max_position_embeddings",
            "layernorm_epsilon": "rms_norm_eps",
        ]
        if isGrouped { names["multi_query_group_num"] = "num_key_value_heads" }
        let c = given.renaming(names)
        var traits = DecoderTraits(epsilon: 1e-5, fusion: .asWritten, packsFeedForward: true)
        traits.names = [
            "embed_tokens": "embedding.word_embeddings", "layers": "encoder.layers", "norm": "encoder.final_layernorm",
            "lm_head": "output_layer", "self_attn.qkv_proj": "self_attention.query_key_value",
            "self_attn.o_proj": "self_attention.dense", "mlp.gate_up_proj": "mlp.dense_h_to_4h",
            "mlp.down_proj": "mlp.dense_4h_to_h",
        ]
        let base = 10_000 * (try c.number("rope_ratio", default: 1))
        let rope = try RotarySettings(c, nil, defaultBase: base, defaultShare: 0.5)
        decoder = try Decoder(c, className: Self.classes[1], traits, rope: rope)
        rotated = try rope.rotated(of: decoder.headDimension, c)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: rotated)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        t.leaveOut { $0 == "rotary_pos_emb.inv_freq" }
    }
}
