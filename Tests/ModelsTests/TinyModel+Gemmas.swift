/// Gemma's later decoders: of Gemma 3n two streams, of Gemma 4 a layer without a window; each with vectors of four columns
/// for every layer.
extension TinyModel {
    static let gemmas = ["gemma3n", "gemma4"]

    mutating func addGemma() {
        addTokenizer()
        set("attention.sliding_window", .uint32(4))
        set("attention.sliding_window_pattern", .bools([false]))
        set("embedding_length_per_layer_input", .uint32(4))
        setTensor("token_embd.weight", [32, 8])
        setTensor("per_layer_token_embd.weight", [4, 8])
        setTensor("per_layer_model_proj.weight", [32, 4])
        setTensor("per_layer_proj_norm.weight", [4])
        setTensor("output_norm.weight", [32])
        for name in ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm", "post_norm"] {
            setTensor("blk.0.\(name).weight", [32])
        }
        for name in ["attn_q_norm", "attn_k_norm"] { setTensor("blk.0.\(name).weight", [16]) }
        for (name, rows) in [("q", 32), ("k", 16), ("v", 16)] { setTensor("blk.0.attn_\(name).weight", [32, rows]) }
        setTensor("blk.0.attn_output.weight", [32, 32])
        for name in ["gate", "up", "down"] { setTensor("blk.0.ffn_\(name).weight", [32, 32]) }
        setTensor("blk.0.inp_gate.weight", [32, 4])
        setTensor("blk.0.proj.weight", [4, 32])
        if architecture == "gemma4" { addGemma4() } else { addStreams() }
    }

    private mutating func addGemma4() {
        set("rope.dimension_count_swa", .uint32(16))
        setTensor("blk.0.layer_output_scale.weight", [1])
        setTensor("rope_freqs.weight", [8])
    }

    private mutating func addStreams() {
        set("altup.num_inputs", .uint32(2))
        set("activation_sparsity_scale", .floats([1.5]))
        for name in ["altup_proj", "altup_unembd_proj"] { setTensor("\(name).weight", [32, 32, 1]) }
        setTensor("blk.0.altup_router.weight", [32, 2])
        setTensor("blk.0.altup_predict_coef.weight", [2, 4])
        setTensor("blk.0.altup_correct_coef.weight", [2, 2])
        setTensor("blk.0.laurel_l.weight", [32, 4])
        setTensor("blk.0.laurel_r.weight", [4, 32])
        for name in ["altup_router_norm", "altup_correct_scale", "laurel_post_norm"] {
            setTensor("blk.0.\(name).weight", [32])
        }
    }

    /// Three experts, two of them a token's, beside the feed-forward.
    mutating func addGemmaExperts() {
        addExperts()
        for name in ["pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"] { setTensor("blk.0.\(name).weight", [32]) }
        setTensor("blk.0.ffn_gate_inp.weight", [32, 3])
        setTensor("blk.0.ffn_gate_inp.scale", [32])
        setTensor("blk.0.ffn_gate_up_exps.weight", [32, 64, 3])
        setTensor("blk.0.ffn_down_exps.weight", [32, 32, 3])
        setTensor("blk.0.ffn_down_exps.scale", [3])
    }
}
