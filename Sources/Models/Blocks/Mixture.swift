internal import Graph
internal import Tensors

/// Layers, some with experts, the others with a feed-forward (arXiv:2401.06066).
struct Mixture: Sendable {
    let experts: ExpertParameters
    /// Columns between the products of the expert that all tokens go to; 0: there is none.
    private let sharedSize: Int
    /// The first layers, which have no experts.
    private let leadingDense: Int
    /// Of each period of layers, the last alone has experts.
    private let period: Int
    /// Columns between the products of a feed-forward.
    private let feedForwardSize: Int

    /// Reads `leading_dense_block_count`, `interleave_moe_layer_step`, and `expert_shared_feed_forward_length` or
    /// `expert_shared_count` experts of the usual size.
    ///
    /// - Parameters:
    ///   - defaultSharedSize: of files that have neither.
    ///   - hasSharedExpert: whether files that have neither have one such expert of the usual size.
    init(
        _ h: Hyperparameters, _ experts: ExpertParameters, _ sizes: TransformerSizes, defaultSharedSize: Int = 0,
        hasSharedExpert: Bool = false
    ) throws(ModelError) {
        self.experts = experts
        feedForwardSize = sizes.feedForwardSize
        leadingDense = try h.count("leading_dense_block_count", default: 0)
        period = max(1, try h.count("interleave_moe_layer_step", default: 1))
        let count = try h.count("expert_shared_count", default: hasSharedExpert ? 1 : 0)
        guard count <= Hyperparameters.maxSize / experts.feedForwardSize else {
            throw h.wrong("expert_shared_count", "\(count)", "experts whose columns are a size")
        }
        sharedSize = try h.count(
            "expert_shared_feed_forward_length",
            default: count > 0 ? count * experts.feedForwardSize : defaultSharedSize)
    }

    func hasExperts(_ layer: Int) -> Bool { layer >= leadingDense && (layer + 1) % period == 0 }

    fileprivate func build(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, _ layer: Int, weightsInput: Bool
    ) throws(ModelError) -> Node {
        guard hasExperts(layer) else { return try g.swiGLU(x, w, size: feedForwardSize) }
        let routed = try g.experts(x, w, experts, weightsInput: weightsInput)
        guard sharedSize > 0 else { return routed }
        return try g.add(routed, g.gatedFeedForward(x, w, suffix: "_shexp", size: sharedSize, .silu), w)
    }
}

extension GraphBuilder {
    /// A layer's experts, and the one for all tokens; or its feed-forward: the shape of `x`.
    mutating func mixture(
        _ x: Node, _ w: TensorScope, _ mixture: Mixture, layer: Int, weightsInput: Bool = false
    ) throws(ModelError) -> Node {
        try mixture.build(x, &self, w, layer, weightsInput: weightsInput)
    }
}
