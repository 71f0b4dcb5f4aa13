/// Models with linear attention: Qwen's of two layers, a delta net of two key heads and four value heads, and gated attention;
/// RWKV of one layer with two heads and matrices of rank 4.
extension TinyModel {
    static let rwkv = ["rwkv6", "rwkv7"]
    static let deltaNets = ["qwen3next", "qwen35", "qwen35moe"]
    static let linear = deltaNets + rwkv

    var isRWKV: Bool { Self.rwkv.contains(architecture) }

    mutating func addLinearAttention() {
        addTokenizer()
        setTensor("token_embd.weight", [32, 8])
        setTensor("output_norm.weight", [32])
        if isRWKV { addRWKV() } else { addDeltaNet() }
    }

    // MARK: Qwen

    private mutating func addDeltaNet() {
        for (key, value) in [
            ("block_count", 2), ("full_attention_interval", 2), ("rope.dimension_count", 4), ("ssm.conv_kernel", 3),
            ("ssm.state_size", 8), ("ssm.group_count", 2), ("ssm.time_step_rank", 4), ("ssm.inner_size", 32),
        ] {
            set(key, .uint32(UInt32(value)))
        }
        if architecture != "qwen35" {
            set("expert_count", .uint32(3))
            set("expert_used_count", .uint32(2))
            set("expert_feed_forward_length", .uint32(32))
            set("expert_shared_feed_forward_length", .uint32(16))
        }
        for layer in 0..<2 {
            for name in ["attn_norm", "post_attention_norm"] { setTensor("blk.\(layer).\(name).weight", [32]) }
            addFeedForward("blk.\(layer).")
        }
        setTensor("blk.0.attn_qkv.weight", [32, 64])
        setTensor("blk.0.attn_gate.weight", [32, 32])
        setTensor("blk.0.ssm_conv1d.weight", [3, 64])
        if architecture == "qwen3next" {
            setTensor("blk.0.ssm_ba.weight", [32, 8])
        } else {
            for name in ["alpha", "beta"] { setTensor("blk.0.ssm_\(name).weight", [32, 4]) }
        }
        setTensor("blk.0.ssm_dt.bias", [4])
        setTensor("blk.0.ssm_a", [4])
        setTensor("blk.0.ssm_norm.weight", [8])
        setTensor("blk.0.ssm_out.weight", [32, 32])
        setTensor("blk.1.attn_q.weight", [32, 64])
        for name in ["k", "v"] { setTensor("blk.1.attn_\(name).weight", [32, 16]) }
        for name in ["q", "k"] { setTensor("blk.1.attn_\(name)_norm.weight", [16]) }
        setTensor("blk.1.attn_output.weight", [32, 32])
    }

    private mutating func addFeedForward(_ block: String) {
        for name in ["gate", "up", "down"] {
            if architecture == "qwen35" {
                setTensor("\(block)ffn_\(name).weight", [32, 32])
            } else {
                setTensor("\(block)ffn_\(name)_exps.weight", [32, 32, 3])
                setTensor("\(block)ffn_\(name)_shexp.weight", name == "down" ? [16, 32] : [32, 16])
            }
        }
        guard architecture != "qwen35" else { return }
        setTensor("\(block)ffn_gate_inp.weight", [32, 3])
        setTensor("\(block)ffn_gate_inp_shexp.weight", [32])
    }

    // MARK: RWKV

    private mutating func addRWKV() {
        set("wkv.head_size", .uint32(16))
        let ranks =
            architecture == "rwkv6"
            ? ["time_mix_extra_dim", "time_decay_extra_dim"]
            : ["decay", "iclr", "value_residual_mix", "gate"].map { "attention.\($0)_lora_rank" }
        for key in ranks { set(key, .uint32(4)) }
        setTensor("output_norm.bias", [32])
        for name in ["token_embd_norm", "blk.0.attn_norm", "blk.0.attn_norm_2", "blk.0.time_mix_ln"] {
            setTensor("\(name).weight", [32])
            setTensor("\(name).bias", [32])
        }
        for name in ["key", "value", "receptance", "output"] { setTensor("blk.0.time_mix_\(name).weight", [32, 32]) }
        for name in ["key", "value"] { setTensor("blk.0.channel_mix_\(name).weight", [32, 32]) }
        setTensor("blk.0.channel_mix_lerp_k.weight", [32, 1, 1])
        if architecture == "rwkv6" { addRWKV6() } else { addRWKV7() }
    }

    private mutating func addRWKV6() {
        setTensor("blk.0.time_mix_w1.weight", [32, 20])
        setTensor("blk.0.time_mix_w2.weight", [4, 32, 5])
        setTensor("blk.0.time_mix_lerp_x.weight", [32, 1, 1])
        setTensor("blk.0.time_mix_lerp_fused.weight", [32, 1, 1, 5])
        setTensor("blk.0.time_mix_first.weight", [16, 2])
        setTensor("blk.0.time_mix_decay.weight", [32])
        setTensor("blk.0.time_mix_decay_w1.weight", [32, 4])
        setTensor("blk.0.time_mix_decay_w2.weight", [4, 32])
        setTensor("blk.0.time_mix_gate.weight", [32, 32])
        setTensor("blk.0.channel_mix_lerp_r.weight", [32, 1, 1])
        setTensor("blk.0.channel_mix_receptance.weight", [32, 32])
    }

    private mutating func addRWKV7() {
        setTensor("blk.0.time_mix_lerp_fused.weight", [32, 1, 1, 6])
        for name in ["w", "a", "g"] {
            setTensor("blk.0.time_mix_\(name)1.weight", [32, 4])
            setTensor("blk.0.time_mix_\(name)2.weight", [4, 32])
            if name != "g" { setTensor("blk.0.time_mix_\(name)0.weight", [32]) }
        }
        for name in ["k_k", "k_a", "r_k"] { setTensor("blk.0.time_mix_\(name).weight", [32]) }
    }
}
