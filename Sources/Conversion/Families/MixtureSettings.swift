/// Layers, some of them with experts, as `config.json` has them, and where their tensors are.
struct MixtureSettings: Sendable {
    /// How the experts' matrices are stored.
    enum Storage: Sendable {
        /// A tensor for each expert's `gate`, `up` and `down`.
        case apart(gate: String, up: String, down: String)
        /// One tensor of all experts for gate and up, `[experts, 2 * size, hidden]`, and one for down.
        case stacked(gateUp: String, down: String)
        /// The same transposed, `[experts, hidden, 2 * size]`; with gate and up in alternating rows, and biases, or the gate first.
        case transposed(gateUp: String, down: String, alternates: Bool)
    }

    let count: Int
    let used: Int
    let size: Int
    var sharedSize = 0
    /// Layers without experts at the start, and the period whose last layer has some.
    var leadingDense = 0
    var period = 1
    /// What a layer's name is followed by.
    var part = "mlp."
    var router = "gate"
    var selectionBias = "gate.e_score_correction_bias"
    var shared = "shared_experts."
    /// Whether gate and up of the expert for all tokens are one matrix.
    var isSharedPacked = false
    var storage = Storage.apart(gate: "gate_proj", up: "up_proj", down: "down_proj")

    init(count: Int, used: Int, size: Int, _ c: Configuration) throws(ConversionError) {
        (self.count, self.used, self.size) = (count, used, size)
        guard used <= count else { throw c.wrong("num_experts_per_tok", "1 to the \(count) experts") }
    }

    func hasExperts(_ layer: Int) -> Bool { layer >= leadingDense && (layer + 1) % period == 0 }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("expert_count", size: count)
        keys.set("expert_used_count", size: used)
        keys.set("expert_feed_forward_length", size: size)
        if leadingDense > 0 { keys.set("leading_dense_block_count", size: leadingDense) }
    }

    /// The expert for all tokens as a number of experts.
    func describeSharedCount(_ keys: inout ArchitectureKeys) {
        keys.set("expert_shared_count", size: sharedSize / size)
    }

    /// The expert for all tokens by its size.
    func describeSharedSize(_ keys: inout ArchitectureKeys) {
        if sharedSize > 0 { keys.set("expert_shared_feed_forward_length", size: sharedSize) }
    }

    /// Names the tensors of a layer that has experts.
    func map(_ t: inout TensorMap, from layer: String, to: String, hiddenSize: Int) throws(ConversionError) {
        let from = layer + part
        try t.linear(to + "ffn_gate_inp", from: from + router, rows: count, columns: hiddenSize)
        if t.has(from + selectionBias) { try mapSelectionBias(&t, from + selectionBias, to) }
        switch storage {
        case .apart(let gate, let up, let down):
            for (name, stored, shape) in [
                ("gate", gate, [size, hiddenSize]), ("up", up, [size, hiddenSize]), ("down", down, [hiddenSize, size]),
            ] {
                let sources = (0..<count).map { "\(from)experts.\($0).\(stored).weight" }
                try t.add("\(to)ffn_\(name)_exps.weight", joining: sources, shape)
            }
        case .stacked(let gateUp, let down):
            for (name, first) in [("gate", 0), ("up", size)] {
                let part = MatrixPart(matrices: count, rows: size, columns: hiddenSize, firstRow: first)
                try t.add(
                    "\(to)ffn_\(name)_exps.weight", from: from + gateUp, [count, 2 * size, hiddenSize],
                    order: .matrices(part))
            }
            try t.add("\(to)ffn_down_exps.weight", from: from + down, [count, hiddenSize, size])
        case .transposed(let gateUp, let down, let alternates):
            try mapTransposed(&t, from + gateUp, from + down, alternates, to, hiddenSize)
        }
        try mapShared(&t, from: layer, to, hiddenSize)
    }

    private func mapSelectionBias(_ t: inout TensorMap, _ source: String, _ to: String) throws(ConversionError) {
        let shape = t.shape(of: source) == [1, count] ? [1, count] : [count]
        try t.add("\(to)exp_probs_b.bias", from: source, shape, as: [count])
    }

    private func mapTransposed(
        _ t: inout TensorMap, _ gateUp: String, _ down: String, _ alternates: Bool, _ to: String, _ hiddenSize: Int
    ) throws(ConversionError) {
        for (index, name) in ["gate", "up"].enumerated() {
            let first = alternates ? index : index * size
            let step = alternates ? 2 : 1
            let target = "\(to)ffn_\(name)_exps"
            if t.has(gateUp + "_blocks") {
                let part = MatrixPart(
                    matrices: count, rows: size, columns: hiddenSize, firstRow: first, rowStep: step)
                try t.add(target + ".weight", packed: gateUp, storedRows: 2 * size, part)
            } else {
                let part = MatrixPart(
                    matrices: count, rows: size, columns: hiddenSize, firstRow: first, rowStep: step,
                    isTransposed: true)
                try t.add(
                    target + ".weight", from: gateUp, [count, hiddenSize, 2 * size], order: .matrices(part))
            }
            guard t.has(gateUp + "_bias") else { continue }
            let part = MatrixPart(
                matrices: count, rows: size, columns: 1, firstRow: first, rowStep: step, isTransposed: true)
            try t.add(
                target + ".bias", from: gateUp + "_bias", [count, 2 * size], as: [count, size],
                order: .matrices(part))
        }
        if t.has(down + "_blocks") {
            let part = MatrixPart(matrices: count, rows: hiddenSize, columns: size)
            try t.add("\(to)ffn_down_exps.weight", packed: down, storedRows: hiddenSize, part)
        } else {
            let part = MatrixPart(matrices: count, rows: hiddenSize, columns: size, isTransposed: true)
            try t.add(
                "\(to)ffn_down_exps.weight", from: down, [count, size, hiddenSize], order: .matrices(part))
        }
        guard t.has(down + "_bias") else { return }
        try t.add("\(to)ffn_down_exps.bias", from: down + "_bias", [count, hiddenSize])
    }

    private func mapShared(
        _ t: inout TensorMap, from layer: String, _ to: String, _ hiddenSize: Int
    ) throws(ConversionError) {
        guard sharedSize > 0 else { return }
        guard isSharedPacked else {
            for (name, rows, columns) in [
                ("gate", sharedSize, hiddenSize), ("up", sharedSize, hiddenSize), ("down", hiddenSize, sharedSize),
            ] {
                try t.linear(
                    "\(to)ffn_\(name)_shexp", from: layer + part + shared + name + "_proj", rows: rows,
                    columns: columns)
            }
            return
        }
        for (name, first) in [("gate", 0), ("up", sharedSize)] {
            let part = MatrixPart(matrices: 1, rows: sharedSize, columns: hiddenSize, firstRow: first)
            try t.add(
                "\(to)ffn_\(name)_shexp.weight", from: layer + shared + "input_linear.weight",
                [2 * sharedSize, hiddenSize], as: [sharedSize, hiddenSize], order: .matrices(part))
        }
        try t.add(
            "\(to)ffn_down_shexp.weight", from: layer + shared + "output_linear.weight", [hiddenSize, sharedSize])
    }
}
