internal import Graph
internal import Tensors

/// A mixture of experts, as the metadata gives it.
struct ExpertParameters: Sendable {
    let count: Int
    /// Columns between the products of an expert.
    let feedForwardSize: Int
    private(set) var router: Router
    var activation = ExpertActivation.plain(.silu)

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
        let isGiven = defaultSize != nil || h.has("expert_feed_forward_length")
        let usual = isGiven ? defaultSize : max(1, try h.positive("feed_forward_length") / used)
        feedForwardSize = try h.positive("expert_feed_forward_length", default: usual)
        let scale = try h.float("expert_weights_scale", default: 0)
        var router = Router(scoring, used: used)
        router.isNormalized = isNormalized
        router.scale = scale == 0 ? 1 : scale
        self.router = router
    }

    /// Reads how experts are chosen besides: `expert_gating_func`, `expert_weights_norm`, `expert_group_count` and
    /// `expert_group_used_count`.
    ///
    /// - Parameter scoring: of files that do not say.
    init(chosenBy h: Hyperparameters, default scoring: Router.Scoring = .softmax) throws(ModelError) {
        let kinds: [Router.Scoring] = [scoring, .softmax, .sigmoid, .softmaxOfChosen, .rootOfSoftplus]
        let kind = try h.count("expert_gating_func", default: 0)
        guard kind < kinds.count else { throw h.wrong("expert_gating_func", "\(kind)", "0 to \(kinds.count - 1)") }
        try self.init(h, kinds[kind], isNormalized: h.bool("expert_weights_norm", default: false))
        let groups = try h.count("expert_group_count", default: 0)
        guard groups > 1 else { return }
        // A group's score is that of its best expert (arXiv:2405.04434 §2.2.2), or of its two best (arXiv:2412.19437 §2.1.2).
        router.groups = Router.Groups(
            count: groups, used: try h.positive("expert_group_used_count"), bestCount: kinds[kind] == .softmax ? 1 : 2)
    }

    /// The router with the bias for choosing, and the factors of experts' results, where the file has them.
    fileprivate func router(_ w: TensorScope) throws(ModelError) -> Router {
        var router = router
        router.selectionBias = try w.optionalVector("exp_probs_b.bias", count: count)
        router.expertScales = try w.optionalVector("ffn_down_exps.scale", count: count)
        return router
    }
}

extension GraphBuilder {
    /// A mixture of experts with a gate (arXiv:2401.04088 §2.1). `ffn_gate_inp` scores them, and `exp_probs_b` is added for
    /// choosing; they are `ffn_gate_exps` and `ffn_up_exps`, or the two joined as `ffn_gate_up_exps`, and `ffn_down_exps`,
    /// each with biases where the file has them. The shape of `x`.
    ///
    /// - Parameters:
    ///   - logits: by which experts are chosen, `[domain, experts]`; nil: `ffn_gate_inp` of `x`.
    ///   - weightsInput: whether an expert's weight multiplies what it reads instead of its result; for one expert a token.
    mutating func experts(
        _ x: Node, _ w: TensorScope, _ experts: ExpertParameters, logits: Node? = nil, weightsInput: Bool = false
    ) throws(ModelError) -> Node {
        try w.refuseSplitExperts()
        let columns = shape(of: x).columns
        let (count, size) = (experts.count, experts.feedForwardSize)
        let logits = if let logits { logits } else { try linear(x, w, "ffn_gate_inp", size: count) }
        let router = try experts.router(w)
        let gate: ExpertMatrix
        let up: ExpertMatrix
        if w.has("ffn_gate_up_exps.weight") {
            let both = try w.experts("ffn_gate_up_exps", count, rows: 2 * size, columns: columns)
            gate = ExpertMatrix(both.weights, bias: both.bias, rows: 0..<size)
            up = ExpertMatrix(both.weights, bias: both.bias, rows: size..<2 * size)
        } else {
            gate = try w.experts("ffn_gate_exps", count, rows: size, columns: columns)
            up = try w.experts("ffn_up_exps", count, rows: size, columns: columns)
        }
        let down = try w.experts("ffn_down_exps", count, rows: columns, columns: size)
        return try checked(w) { g throws(GraphError) in
            let routing = try g.route(logits, router)
            return try g.experts(
                weightsInput ? g.scaleRows(x, by: routing.weights) : x, routing, gate: gate, up: up, down: down,
                activation: experts.activation, isWeighted: !weightsInput)
        }
    }

    /// ``experts(_:_:_:logits:weightsInput:)`` without gates, and where the file has it with `ffn_exps.bias`, added to the
    /// sum: the shape of `x`.
    ///
    /// - Parameter logits: by which experts are chosen, `[domain, experts]`.
    mutating func plainExperts(
        _ x: Node, _ w: TensorScope, _ experts: ExpertParameters, logits: Node
    ) throws(ModelError) -> Node {
        let columns = shape(of: x).columns
        let router = try experts.router(w)
        let up = try w.experts("ffn_up_exps", experts.count, rows: experts.feedForwardSize, columns: columns)
        let down = try w.experts("ffn_down_exps", experts.count, rows: columns, columns: experts.feedForwardSize)
        let bias = try w.optionalVector("ffn_exps.bias", count: columns)
        return try checked(w) { g throws(GraphError) in
            try g.experts(
                x, g.route(logits, router), gate: nil, up: up, down: down, activation: experts.activation, bias: bias)
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
    /// One matrix of every expert, with `NAME.bias` where the file has it. (The router applies `ffn_down_exps.scale`.)
    fileprivate func experts(_ name: String, _ count: Int, rows: Int, columns: Int) throws(ModelError) -> ExpertMatrix {
        if name != "ffn_down_exps", has("\(name).scale") {
            throw unsupported("a scale for each expert, \(self.name("\(name).scale")),")
        }
        let weights = try expertMatrix("\(name).weight", experts: count, rows: rows, columns: columns)
        guard has("\(name).bias") else { return ExpertMatrix(weights) }
        return ExpertMatrix(weights, bias: try vector("\(name).bias", rows: count, columns: rows))
    }

    /// Files of before April 2024 have a tensor for each expert, which lie apart.
    fileprivate func refuseSplitExperts() throws(ModelError) {
        if has("ffn_gate.0.weight") {
            let example = name("ffn_gate.0.weight")
            throw unsupported("experts in tensors of their own, as in \(example): convert the model again")
        }
    }
}
