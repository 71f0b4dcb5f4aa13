internal import Graph
internal import Tensors

/// A mixture of experts, as the metadata gives it.
struct ExpertParameters: Sendable {
    let count: Int
    /// Columns between the products of an expert.
    let feedForwardSize: Int
    let router: Router

    /// Reads `expert_count`, `expert_used_count`, `expert_feed_forward_length` and `expert_weights_scale`.
    ///
    /// - Parameters:
    ///   - isNormalized: whether a token's weights are divided by their sum.
    ///   - defaultSize: the size of experts where the file does not give it; nil: `feed_forward_length` divided among the
    ///     experts of a token.
    init(
        _ h: Hyperparameters, _ scoring: Router.Scoring, isNormalized: Bool, defaultSize: Int? = nil
    ) throws(ModelError) {
        count = try h.positive("expert_count")
        let used = try h.positive("expert_used_count")
        guard used <= count else { throw h.wrong("expert_used_count", "\(used)", "1 to the \(count) experts") }
        let shared = try h.positive("feed_forward_length") / used
        feedForwardSize = try h.positive("expert_feed_forward_length", default: defaultSize ?? max(1, shared))
        let scale = try h.float("expert_weights_scale", default: 0)
        var router = Router(scoring, used: used)
        router.isNormalized = isNormalized
        router.scale = scale == 0 ? 1 : scale
        self.router = router
    }
}

extension GraphBuilder {
    /// A mixture of experts with SwiGLU (arXiv:2401.04088 §2.1). `ffn_gate_inp` scores them; they are `ffn_gate_exps`,
    /// `ffn_up_exps` and `ffn_down_exps`. The shape of `x`.
    mutating func experts(_ x: Node, _ w: TensorScope, _ experts: ExpertParameters) throws(ModelError) -> Node {
        try w.refuseSplitExperts()
        let columns = shape(of: x).columns
        let (count, size) = (experts.count, experts.feedForwardSize)
        let logits = try linear(x, w, "ffn_gate_inp", size: count)
        let gate = try w.expertMatrix("ffn_gate_exps.weight", experts: count, rows: size, columns: columns)
        let up = try w.expertMatrix("ffn_up_exps.weight", experts: count, rows: size, columns: columns)
        let down = try w.expertMatrix("ffn_down_exps.weight", experts: count, rows: columns, columns: size)
        return try checked(w) { g throws(GraphError) in
            try g.experts(
                x, g.route(logits, experts.router), gate: ExpertMatrix(gate), up: ExpertMatrix(up),
                down: ExpertMatrix(down), activation: .plain(.silu))
        }
    }

    /// An expert for all tokens: `ffn_down_shexp(silu(ffn_gate_shexp x) * ffn_up_shexp x)`, times
    /// `sigmoid(ffn_gate_inp_shexp x)`, a number for each token (arXiv:2407.10671 §2.2.2). The shape of `x`.
    mutating func sharedExpert(_ x: Node, _ w: TensorScope, size: Int) throws(ModelError) -> Node {
        let share = activate(try linear(x, w, "ffn_gate_inp_shexp", size: 1), .sigmoid)
        let result = try gatedFeedForward(x, w, suffix: "_shexp", size: size, .silu)
        return try checked(w) { g throws(GraphError) in try g.scaleRows(result, by: share) }
    }
}

extension TensorScope {
    /// Files of before April 2024 have a tensor for each expert, which lie apart.
    fileprivate func refuseSplitExperts() throws(ModelError) {
        if has("ffn_gate.0.weight") {
            let example = name("ffn_gate.0.weight")
            throw unsupported("experts in tensors of their own, as in \(example): convert the model again")
        }
    }
}
