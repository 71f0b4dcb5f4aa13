internal import Tensors

/// The heads of an attention: `queries` is a multiple of `keyValues` (grouped-query attention, arXiv:2305.13245).
package struct Heads: Hashable, Sendable, BitwiseCopyable {
    package let queries: Int
    package let keyValues: Int
    /// Elements of one head's query and key.
    package let keyDimension: Int
    /// Elements of one head's value.
    package let valueDimension: Int

    package init(queries: Int, keyValues: Int, keyDimension: Int, valueDimension: Int) {
        self.queries = queries
        self.keyValues = keyValues
        self.keyDimension = keyDimension
        self.valueDimension = valueDimension
    }

    /// Query heads that share one key/value head.
    package var queriesPerKV: Int { queries / keyValues }
}

/// Where attention finds its keys and values.
package enum KeySource: Sendable, Hashable, BitwiseCopyable {
    /// Those of the step, of the same sequence; kept nowhere.
    case batch(KeyValues)
    /// All that the cache of a layer holds of the sequence, after `append` is appended to it.
    case cache(layer: Int, append: KeyValues?)
    /// What another program stored for a layer: cross-attention.
    case cross(layer: Int)
}

extension Operation {
    /// Scaled dot-product attention: `out[t] = softmax(scale * query[t] . keysᵀ) . values`, head by head.
    package struct Attention: ResultPayload {
        /// Max tokens of a step whose attention is divided by KV splits.
        package static let maxSplitTokens = 16

        package let query: Node
        package internal(set) var source: KeySource
        package let heads: Heads
        package let mask: Mask
        package let scale: Float
        package let out: Node

        var name: String { isCross ? "cross-attention" : "attention" }

        var inputs: [Node] {
            if case .batch(let batch) = source { [query, batch.keys, batch.values] } else { [query] }
        }

        private var isCross: Bool { if case .cross = source { true } else { false } }

        /// Whether keys and values come from a cache, in its format.
        package var readsCache: Bool { if case .batch = source { false } else { true } }

        func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            let dimensions = heads.keyDimension + heads.valueDimension
            cost.attended = isCross ? .cross : .sequence(mask)
            cost.shape = "\(heads.queries)/\(heads.keyValues) heads of \(heads.keyDimension)"
            cost.cacheColumns = readsCache ? heads.keyValues * dimensions : 0
            cost.multiplyAddsPerPair = heads.queries * dimensions
            return cost
        }

        func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace {
            let columns = AttentionParts.columns(valueDimension: heads.valueDimension)
            return Workspace(
                scratchBytes: limits.kernels.attentionScratchBytes(
                    keyDimension: heads.keyDimension, valueDimension: heads.valueDimension),
                splitBytes: readsCache ? min(limits.tokens, Self.maxSplitTokens) * heads.queries * columns * 4 : 0,
                tileTokens: max(1, Kernels.mostQueries / heads.queriesPerKV))
        }

        func text(_ graph: Graph) -> String {
            let place =
                switch source {
                case .batch(let batch): "keys \(graph.text([batch.keys])), values \(graph.text([batch.values]))"
                case .cache(let layer, _): "the cache of layer \(layer)"
                case .cross(let layer): "what layer \(layer) of the encoder stored"
                }
            return "\(name) \(graph.text([query])) to \(place): \(heads.queries) heads on \(heads.keyValues), \(mask), "
                + "scale \(scale)"
        }
    }
}

extension GraphBuilder {
    /// Scaled dot-product attention: `[tokens, heads.queries * heads.valueDimension]`.
    package mutating func attention(
        query: Node, _ source: KeySource, heads: Heads, mask: Mask, scale: Float
    ) throws(GraphError) -> Node {
        try checkQuery(query, heads)
        switch source {
        case .batch(let batch): try check(batch, heads)
        case .cache(let layer, .some(let append)):
            try check(append, heads)
            self.append(.storeKeyValues(Operation.StoreKeyValues(source: append, layer: layer)))
        case .cache(_, nil), .cross: break
        }
        let out = append(Shape(domain: .tokens, columns: heads.queries * heads.valueDimension)) { out in
            .attention(
                Operation.Attention(query: query, source: source, heads: heads, mask: mask, scale: scale, out: out))
        }
        append(.checkpoint(Operation.Checkpoint()))
        return out
    }

    func checkQuery(_ query: Node, _ heads: Heads) throws(GraphError) {
        guard heads.keyValues > 0, heads.queries > 0, heads.queries % heads.keyValues == 0 else {
            throw .heads(queries: heads.queries, keyValues: heads.keyValues)
        }
        try checkRows(query)
        try expect("attention's query", heads.queries * heads.keyDimension, shape(of: query).columns)
    }

    private func check(_ source: KeyValues, _ heads: Heads) throws(GraphError) {
        try checkRows(source.keys)
        try checkRows(source.values)
        try expect("attention's keys", heads.keyValues * heads.keyDimension, shape(of: source.keys).columns)
        try expect("attention's values", heads.keyValues * heads.valueDimension, shape(of: source.values).columns)
    }

    private func checkRows(_ node: Node) throws(GraphError) {
        guard shape(of: node).domain == .tokens else {
            throw .shapes(operation: "attention", expected: "a row for every token", found: "\(shape(of: node).domain)")
        }
    }
}
