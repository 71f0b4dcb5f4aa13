internal import Graph
internal import Tensors

/// Which layers attend to the cache of an earlier one instead of one of their own.
struct SharedCaches: Sendable {
    /// Of each layer, the one whose keys and values it attends to.
    private let sources: [Int]

    /// The last layers share: each attends to the keys and values of the last layer before them that has a window, or none, as
    /// it has.
    ///
    /// - Parameter own: how many layers have caches of their own.
    init(own: Int, layers: Int, _ windows: SlidingWindows, _ h: Hyperparameters) throws(ModelError) {
        var sources = Array(0..<max(layers, 0))
        for layer in own..<max(own, layers) {
            let isWindowed = windows.isWindowed(layer)
            guard let source = (0..<own).last(where: { windows.isWindowed($0) == isWindowed }) else {
                throw h.wrong(
                    "attention.shared_kv_layers", "\(layers - own)",
                    "a layer \(isWindowed ? "with" : "without") a window before those that share one's cache")
            }
            sources[layer] = source
        }
        self.sources = sources
    }

    func source(of layer: Int) -> Int { sources[layer] }

    func isOwn(_ layer: Int) -> Bool { sources[layer] == layer }
}

extension GraphBuilder {
    /// Attention with norms of queries, keys and values, the last without weights, and scores that are not scaled; then
    /// `attn_output`: `[tokens, hiddenSize]`. A file without `attn_v` has the values in `attn_k`.
    mutating func sharedAttention(
        _ x: Node, _ w: TensorScope, _ heads: Heads, _ norm: Norm, _ rotation: Rotation, _ caches: SharedCaches,
        layer: Int, mask: AttentionMask
    ) throws(ModelError) -> Node {
        let source = caches.source(of: layer)
        var query: Node
        var append: KeyValues?
        if caches.isOwn(layer) {
            let hasValues = w.has("attn_v.weight") || w.has("attn_qkv.weight")
            let qkv = try hasValues ? queryKeyValue(x, w, heads) : queryAndSharedKeyValue(x, w, heads)
            query = qkv.query
            let key = try headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: heads.keyDimension)
            let value = try checked(w) { g throws(GraphError) in
                try g.normHeads(qkv.value, norm.kind, headDimension: heads.valueDimension, epsilon: norm.epsilon)
            }
            append = KeyValues(
                keys: try rope(key, rotation, headDimension: heads.keyDimension, w), values: value)
        } else {
            query = try linear(x, w, "attn_q", size: heads.queries * heads.keyDimension)
        }
        query = try headNorm(query, norm, w, "attn_q_norm", headDimension: heads.keyDimension)
        query = try rope(query, rotation, headDimension: heads.keyDimension, w)
        let attended = try checked(w) { g throws(GraphError) in
            try g.attention(query, .cache(layer: source, append: append), heads, mask: mask, scale: 1)
        }
        return try linear(attended, w, "attn_output", size: shape(of: x).columns)
    }

    /// Values are the keys as they are before their norm.
    private mutating func queryAndSharedKeyValue(
        _ x: Node, _ w: TensorScope, _ heads: Heads
    ) throws(ModelError) -> QueryKeyValue {
        let query = try linear(x, w, "attn_q", size: heads.queries * heads.keyDimension)
        let key = try linear(x, w, "attn_k", size: heads.keyValues * heads.keyDimension)
        return QueryKeyValue(query: query, key: key, value: key)
    }
}
