/// Experts without gates and the one for all tokens, as Nemotron's `config.json` has them, and where their tensors are.
struct NemotronExperts: Sendable {
    let count: Int
    private let used: Int
    let size: Int
    private let sharedSize: Int
    private let sharedCount: Int
    /// Columns that experts read and write; 0: those of the state.
    private let latentSize: Int
    private let scale: Double
    private let isNormalized: Bool

    init(_ c: Configuration) throws(ConversionError) {
        count = try c.size("n_routed_experts")
        used = try c.size("num_experts_per_tok")
        size = try c.size("moe_intermediate_size")
        sharedCount = try c.index("n_shared_experts", default: 1)
        sharedSize = try c.size("moe_shared_expert_intermediate_size")
        latentSize = try c.index("moe_latent_size", default: 0)
        scale = try c.number("routed_scaling_factor", default: 1)
        isNormalized = try c.bool("norm_topk_prob", default: true)
        guard used <= count else { throw c.wrong("num_experts_per_tok", "1 to the \(count) experts") }
        guard try c.size("n_group", default: 1) == 1 else { throw c.unsupported("experts of the best groups") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("expert_count", size: count)
        keys.set("expert_used_count", size: used)
        keys.set("expert_feed_forward_length", size: size)
        keys.set("expert_shared_feed_forward_length", size: sharedSize)
        keys.set("expert_shared_count", size: sharedCount)
        keys.set("expert_weights_norm", isNormalized)
        keys.set("expert_weights_scale", Float(scale))
        keys.set("expert_group_count", size: 1)
        if latentSize > 0 { keys.set("moe_latent_size", size: latentSize) }
    }

    /// Names the tensors of a layer, whose stored names begin with `from`.
    func map(_ t: inout TensorMap, from: String, to: String, hiddenSize: Int) throws(ConversionError) {
        let inputSize = latentSize == 0 ? hiddenSize : latentSize
        try t.add(to + "ffn_gate_inp.weight", from: from + "gate.weight", [count, hiddenSize])
        try t.add(to + "exp_probs_b.bias", from: from + "gate.e_score_correction_bias", [count])
        for (name, shape) in [("up", [size, inputSize]), ("down", [inputSize, size])] {
            let sources = (0..<count).map { "\(from)experts.\($0).\(name)_proj.weight" }
            try t.add("\(to)ffn_\(name)_exps.weight", joining: sources, shape)
        }
        if latentSize > 0 {
            try t.linear(
                to + "ffn_latent_down", from: from + "fc1_latent_proj", rows: latentSize, columns: hiddenSize)
            try t.linear(to + "ffn_latent_up", from: from + "fc2_latent_proj", rows: hiddenSize, columns: latentSize)
        }
        try t.linear(
            to + "ffn_up_shexp", from: from + "shared_experts.up_proj", rows: sharedSize, columns: hiddenSize)
        try t.linear(
            to + "ffn_down_shexp", from: from + "shared_experts.down_proj", rows: hiddenSize, columns: sharedSize)
    }
}
