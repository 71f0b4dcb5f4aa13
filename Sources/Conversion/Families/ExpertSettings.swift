internal import JSON

/// A mixture of experts, as `config.json` has it, and where its tensors are.
struct ExpertSettings: Sendable {
    let count: Int
    /// Experts of a token.
    let used: Int
    let size: Int
    /// Of the expert that every token goes to; nil: there is none.
    let sharedSize: Int?
    /// The names of the part that replaces a layer's feed-forward, and of an expert's gate, up and down.
    private let names: (part: String, gate: String, up: String, down: String)

    /// Qwen's experts, in every layer.
    ///
    /// - Parameters:
    ///   - isNormalized: whether the architecture divides a token's weights by their sum.
    ///   - isNormalizedByDefault: where the configuration does not say.
    ///   - sharedSizeKey: nil: no expert is shared.
    init(
        _ c: Configuration, isNormalized: Bool, isNormalizedByDefault: Bool = false, sharedSizeKey: String? = nil
    ) throws(ConversionError) {
        count = try c.size("num_experts", "num_local_experts")
        used = try c.size("num_experts_per_tok")
        size = try c.size("moe_intermediate_size")
        sharedSize = if let sharedSizeKey { try c.size(sharedSizeKey) } else { nil }
        names = ("mlp", "gate_proj", "up_proj", "down_proj")
        guard try c.bool("norm_topk_prob", default: isNormalizedByDefault) == isNormalized else {
            throw c.unsupported("norm_topk_prob: \(!isNormalized)")
        }
        guard try c.size("decoder_sparse_step", default: 1) == 1,
            c.value["mlp_only_layers"]?.items?.isEmpty ?? true
        else { throw c.unsupported("experts in some of the layers alone") }
        try check(c)
    }

    /// Mixtral's experts.
    init(mixtral c: Configuration, size: Int) throws(ConversionError) {
        count = try c.size("num_local_experts", default: 8)
        used = try c.size("num_experts_per_tok", default: 2)
        self.size = size
        sharedSize = nil
        names = ("block_sparse_moe", "w1", "w3", "w2")
        try check(c)
    }

    private func check(_ c: Configuration) throws(ConversionError) {
        guard used <= count else { throw c.wrong("num_experts_per_tok", "1 to the \(count) experts") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("expert_count", size: count)
        keys.set("expert_used_count", size: used)
    }

    /// The sizes, which files of Llama's architecture have as `feed_forward_length`.
    func describeSizes(_ keys: inout ArchitectureKeys) {
        keys.set("expert_feed_forward_length", size: size)
        if let sharedSize { keys.set("expert_shared_feed_forward_length", size: sharedSize) }
    }

    /// Names the tensors of a layer.
    func map(
        _ t: inout TensorMap, from layer: String, to: String, hiddenSize: Int
    ) throws(ConversionError) {
        let from = "\(layer)\(names.part)."
        try t.add("\(to)ffn_gate_inp.weight", from: "\(from)gate.weight", [count, hiddenSize])
        if t.has("\(from)experts.gate_up_proj") {
            try mapStacked(&t, from: "\(from)experts.", to: to, hiddenSize)
        } else {
            try mapApart(&t, from: from, to: to, hiddenSize)
        }
        try mapShared(&t, from: from, to: to, hiddenSize)
    }

    /// One tensor of all experts for gate and up, and one for down.
    private func mapStacked(
        _ t: inout TensorMap, from: String, to: String, _ hiddenSize: Int
    ) throws(ConversionError) {
        for (name, first) in [("gate", 0), ("up", size)] {
            let part = MatrixPart(matrices: count, rows: size, columns: hiddenSize, firstRow: first)
            try t.add(
                "\(to)ffn_\(name)_exps.weight", from: from + "gate_up_proj", [count, 2 * size, hiddenSize],
                order: .matrices(part))
        }
        try t.add("\(to)ffn_down_exps.weight", from: from + "down_proj", [count, hiddenSize, size])
    }

    private func mapApart(
        _ t: inout TensorMap, from: String, to: String, _ hiddenSize: Int
    ) throws(ConversionError) {
        for (name, stored, shape) in [
            ("gate", names.gate, [size, hiddenSize]), ("up", names.up, [size, hiddenSize]),
            ("down", names.down, [hiddenSize, size]),
        ] {
            let sources = (0..<count).map { "\(from)experts.\($0).\(stored).weight" }
            try t.add("\(to)ffn_\(name)_exps.weight", joining: sources, shape)
        }
    }

    private func mapShared(
        _ t: inout TensorMap, from: String, to: String, _ hiddenSize: Int
    ) throws(ConversionError) {
        guard let sharedSize else { return }
        try t.add(
            "\(to)ffn_gate_inp_shexp.weight", from: "\(from)shared_expert_gate.weight", [1, hiddenSize],
            as: [hiddenSize])
        for (name, rows, columns) in [
            ("gate", sharedSize, hiddenSize), ("up", sharedSize, hiddenSize), ("down", hiddenSize, sharedSize),
        ] {
            try t.linear(
                "\(to)ffn_\(name)_shexp", from: "\(from)shared_expert.\(name)_proj", rows: rows, columns: columns)
        }
    }
}
