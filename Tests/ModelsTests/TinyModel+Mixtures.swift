/// Mixtures of experts that differ from Llama's in more than a tensor, and models with latent attention.
extension TinyModel {
    static let otherMixtures = [
        "gpt-oss", "deepseek2", "deepseek", "minicpm3", "olmoe", "granitemoe", "phimoe", "glm4moe", "ernie4_5-moe",
        "hunyuan-moe", "dots1", "bailingmoe", "llama4",
    ]

    private var isLatent: Bool { ["deepseek2", "minicpm3"].contains(architecture) }
    private var hasSecondNormBehind: Bool { ["gpt-oss", "glm4moe"].contains(architecture) }
    private var hasSharedExpert: Bool { !["gpt-oss", "minicpm3", "olmoe", "phimoe"].contains(architecture) }

    mutating func addOtherMixture() {
        addTokenizer()
        setTensor("token_embd.weight", [32, 8])
        setTensor("output_norm.weight", [32])
        setTensor("blk.0.attn_norm.weight", [32])
        setTensor("blk.0.\(hasSecondNormBehind ? "post_attention" : "ffn")_norm.weight", [32])
        if isLatent { addLatentAttention() } else { addAttention() }
        guard architecture != "minicpm3" else {
            for name in ["gate", "up", "down"] { setTensor("blk.0.ffn_\(name).weight", [32, 32]) }
            return
        }
        addExperts()
        addExpertTensors()
        if architecture == "llama4" { set("expert_used_count", .uint32(1)) }
        if hasSharedExpert { addSharedExpert() }
        if architecture == "deepseek2" {
            set("expert_group_count", .uint32(3))
            set("expert_group_used_count", .uint32(2))
            setTensor("blk.0.exp_probs_b.bias", [3])
        }
    }

    private mutating func addSharedExpert() {
        set("expert_shared_count", .uint32(1))
        for name in ["gate", "up", "down"] { setTensor("blk.0.ffn_\(name)_shexp.weight", [32, 32]) }
    }

    private mutating func addAttention() {
        for (name, rows) in [("q", 32), ("k", 16), ("v", 16)] {
            setTensor("blk.0.attn_\(name).weight", [32, rows])
            if ["gpt-oss", "phimoe", "glm4moe"].contains(architecture) { setTensor("blk.0.attn_\(name).bias", [rows]) }
        }
        setTensor("blk.0.attn_output.weight", [32, 32])
        if architecture == "gpt-oss" { setTensor("blk.0.attn_sinks.weight", [2]) }
        guard ["olmoe", "hunyuan-moe", "dots1"].contains(architecture) else { return }
        setTensor("blk.0.attn_q_norm.weight", [architecture == "olmoe" ? 32 : 16])
        setTensor("blk.0.attn_k_norm.weight", [16])
    }

    /// Ranks of 16, heads of 16 columns, half of them rotate.
    private mutating func addLatentAttention() {
        for (key, value) in [
            ("attention.q_lora_rank", 16), ("attention.kv_lora_rank", 16), ("rope.dimension_count", 8),
        ] {
            set(key, .uint32(UInt32(value)))
        }
        setTensor("blk.0.attn_q_a.weight", [32, 16])
        setTensor("blk.0.attn_q_a_norm.weight", [16])
        setTensor("blk.0.attn_q_b.weight", [16, 32])
        setTensor("blk.0.attn_kv_a_mqa.weight", [32, 24])
        setTensor("blk.0.attn_kv_a_norm.weight", [16])
        setTensor("blk.0.attn_output.weight", [32, 32])
        guard architecture == "deepseek2" else {
            set("attention.head_count_kv", .uint32(2))
            setTensor("blk.0.attn_kv_b.weight", [16, 48])
            return
        }
        for (key, value) in [
            ("key_length", 24), ("value_length", 16), ("key_length_mla", 16), ("value_length_mla", 16),
        ] {
            set("attention.\(key)", .uint32(UInt32(value)))
        }
        setTensor("blk.0.attn_k_b.weight", [8, 16, 2])
        setTensor("blk.0.attn_v_b.weight", [16, 16, 2])
    }
}
