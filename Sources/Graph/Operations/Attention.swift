package import Tensors

extension Operation {
    /// Scaled dot-product attention, head by head: `out[t] = softmax(scores[t]) . values` with
    /// `scores[t] = softcap * tanh(scale * query[t] . keysᵀ / softcap) + bias`.
    package struct Attention: ResultPayload {
        /// Max tokens of a step whose attention is divided by KV splits.
        package static let maxSplitTokens = 16

        package let query: Node
        package internal(set) var source: KeySource
        package let heads: Heads
        package let mask: AttentionMask
        package let scale: Float
        /// 0: scores are not capped.
        package let softcap: Float
        /// Of `Graph.biases`.
        package let bias: Int?
        package let sinks: WeightVector?
        package internal(set) var out: Node

        package var name: String { isCross ? "cross-attention" : "attention" }

        package var inputs: [Node] {
            if case .batch(let batch) = source { [query, batch.keys, batch.values] } else { [query] }
        }

        /// Whether keys and values are another program's.
        package var isCross: Bool { if case .cross = source { true } else { false } }

        /// Whether keys and values come from a cache, in its format.
        package var readsCache: Bool { if case .batch = source { false } else { true } }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            let dimensions = heads.keyDimension + heads.valueDimension
            cost.attended = isCross ? .cross : .sequence(mask)
            cost.shape = "\(heads.queries)/\(heads.keyValues) heads of \(heads.keyDimension)"
            cost.cacheColumns = readsCache ? heads.keyValues * (isLatent(graph) ? heads.keyDimension : dimensions) : 0
            cost.multiplyAddsPerPair = heads.queries * dimensions
            return cost
        }

        /// Of a disentangled bias, rows of its table.
        private func positionRows(_ graph: Graph) -> Int? {
            guard let bias, case .disentangled(let disentangled) = graph.biases[bias].bias else { return nil }
            return disentangled.positions.matrix.rows
        }

        /// Whether the cache has values as the first columns of its keys.
        private func isLatent(_ graph: Graph) -> Bool {
            if case .cache(_, let append?) = source { append.valuesLeadKeys(graph) } else { false }
        }

        package func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace {
            let kernels = limits.kernels
            let columns = SplitPartials.columns(valueDimension: heads.valueDimension)
            return Workspace(
                scratchBytes: max(
                    kernels.attentionScratchBytes(
                        keyDimension: heads.keyDimension, valueDimension: heads.valueDimension),
                    kernels.scoresScratchBytes(readsCache ? limits.cacheFormat : .f32, columns: heads.keyDimension))
                    + (positionRows(graph).map {
                        kernels.positionBiasScratchBytes(
                            tableRows: $0, keys: limits.tokens, columns: heads.keyDimension)
                    } ?? 0),
                splitBytes: readsCache ? min(limits.tokens, Self.maxSplitTokens) * heads.queries * columns * 4 : 0,
                tileTokens: max(1, Kernels.maxQueries / heads.queriesPerKV))
        }

        package func text(_ graph: Graph) -> String {
            let place =
                switch source {
                case .batch(let batch): "keys \(graph.text([batch.keys])), values \(graph.text([batch.values]))"
                case .cache(let layer, _): "the cache of layer \(layer)"
                case .cross(let layer): "the encoder's keys of layer \(layer)"
                }
            let bias =
                switch self.bias.map({ graph.biases[$0].bias }) {
                case .alibi: ", ALiBi"
                case .relative(let matrix, _, _): ", \(matrix.name)"
                case .disentangled(let bias): ", \(bias.positions.name)"
                case nil: ""
                }
            return "\(name) \(graph.text([query])) to \(place): \(heads.queries) heads on \(heads.keyValues), \(mask), "
                + "scale \(scale)" + (softcap == 0 ? "" : ", softcap \(softcap)") + bias
                + (sinks.map { ", \(graph.name(of: $0))" } ?? "")
        }
    }
}

extension GraphBuilder {
    /// Scaled dot-product attention: `[tokens, heads.queries * heads.valueDimension]`.
    ///
    /// - Parameters:
    ///   - query: `[tokens, heads.queries * heads.keyDimension]`.
    ///   - bias: added to capped scores.
    ///   - softcap: bounds scores to `-softcap...softcap` (arXiv:2408.00118).
    ///   - sinks: `[heads.queries]`: one more score a head, which has no value (arXiv:2309.17453).
    package mutating func attention(
        _ query: Node, _ source: KeySource, _ heads: Heads, mask: AttentionMask, bias: ScoreBias? = nil, scale: Float,
        softcap: Float? = nil, sinks: NamedVector? = nil
    ) throws(GraphError) -> Node {
        try checkQuery(query, heads)
        try check(mask, source, hasBias: bias != nil)
        try bias?.check(heads: heads.queries, mask: mask)
        if case .disentangled(let bias) = bias { try check(bias, source, heads) }
        if let sinks { try expect(sinks.name, heads.queries, sinks.vector.count) }
        guard (softcap ?? 1) > 0 else {
            throw .shapes(operation: "attention", expected: "a softcap above 0", found: "\(softcap ?? 0)")
        }
        switch source {
        case .batch(let batch): try check(batch, heads)
        case .cache(let layer, .some(let append)):
            try check(append, heads)
            self.append(.storeKeyValues(Operation.StoreKeyValues(source: append, layer: layer, isCross: false)))
        case .cache(let layer, nil):
            guard let stored = keyValues(layer: layer) else {
                throw .shapes(operation: "attention", expected: "keys of layer \(layer)", found: "none")
            }
            try check(stored, heads)
        case .cross: break
        }
        let place = bias.map { addBias(HeadBias(bias: $0, heads: heads.queries, mask: mask)) }
        let sinks = sinks.map { weights($0) }
        let out = append(Shape(domain: .tokens, columns: heads.queries * heads.valueDimension)) { out in
            .attention(
                Operation.Attention(
                    query: query, source: source, heads: heads, mask: mask, scale: scale, softcap: softcap ?? 0,
                    bias: place, sinks: sinks, out: out))
        }
        append(.checkpoint(Operation.Checkpoint()))
        return out
    }

    private func check(_ mask: AttentionMask, _ source: KeySource, hasBias: Bool) throws(GraphError) {
        guard (mask.back ?? 0) >= 0, (mask.ahead ?? 0) >= 0, (mask.chunk ?? 1) >= 1 else {
            throw .shapes(operation: "attention", expected: "a mask that a token itself is within", found: "\(mask)")
        }
        if case .cross = source, mask != .bidirectional || hasBias {
            throw .shapes(
                operation: "cross-attention",
                expected: "neither mask nor bias: its keys have no place beside the queries",
                found: "\(mask)")
        }
    }

    private func check(_ bias: DisentangledBias, _ source: KeySource, _ heads: Heads) throws(GraphError) {
        guard case .batch = source, heads.queriesPerKV == 1 else {
            throw .shapes(
                operation: bias.positions.name, expected: "keys of the step, for each head its own", found: "others")
        }
        for projection in [bias.keys, bias.queries].compactMap(\.self) {
            try expect(
                projection.weights.name, heads.queries * heads.keyDimension, projection.weights.matrix.rows)
        }
    }

    private func checkQuery(_ query: Node, _ heads: Heads) throws(GraphError) {
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

extension Program {
    /// The attentions to what another program stored, in the order of the layers.
    package var crossAttentions: [Operation.Attention] {
        operations.compactMap { operation in
            if case .attention(let attention) = operation, case .cross = attention.source { attention } else { nil }
        }
    }
}
