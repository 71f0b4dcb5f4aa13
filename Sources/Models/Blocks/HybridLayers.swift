internal import Graph
internal import Tensors

/// Layers, some with attention: those whose `attention.head_count_kv` is not 0.
struct HybridLayers: Sendable {
    let count: Int
    let hiddenSize: Int
    let contextLength: Int
    /// Of each layer; nil: it does not attend.
    let attention: [TransformerSizes?]
    /// Of each layer, columns between the products of its feed-forward; 0: it has none.
    let feedForwardSizes: [Int]

    init(_ h: Hyperparameters) throws(ModelError) {
        let blocks = try h.positive("block_count")
        // The last ones predict tokens further ahead, for drafts alone.
        let drafting = try h.count("nextn_predict_layers", default: 0)
        guard drafting < blocks else { throw h.wrong("nextn_predict_layers", "\(drafting)", "less than \(blocks)") }
        try h.checkLayers(blocks)
        count = blocks - drafting
        hiddenSize = try h.positive("embedding_length")
        contextLength = try h.positive("context_length")
        var attention: [TransformerSizes?] = []
        var feedForwardSizes: [Int] = []
        for layer in 0..<count {
            let own = h.layer(layer)
            feedForwardSizes.append(try own.count("feed_forward_length"))
            let attends = try own.count("attention.head_count_kv") > 0
            attention.append(attends ? try TransformerSizes(own, hasFeedForward: false) : nil)
        }
        (self.attention, self.feedForwardSizes) = (attention, feedForwardSizes)
    }

    /// Elements of a head's keys in the layers that attend, all the same; nil: none does.
    func keyDimension(_ h: Hyperparameters) throws(ModelError) -> Int? {
        let dimensions = attention.compactMap { $0?.heads.keyDimension }
        guard let first = dimensions.first, let other = dimensions.first(where: { $0 != first }) else {
            return dimensions.first
        }
        throw h.wrong("attention.key_length", "\(first) and \(other)", "the same in all layers")
    }
}

/// A stage of ``HybridLayers`` with RMSNorm behind the last one.
protocol HybridStage: Stage {
    var layers: HybridLayers { get }
    var norm: Norm { get }
}

extension HybridStage {
    var contextLength: Int { layers.contextLength }

    var hiddenSize: Int { layers.hiddenSize }

    package func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, "output_norm")
    }
}
