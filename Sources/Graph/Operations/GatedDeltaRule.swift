/// Which key head a value head reads, where several share one.
package enum ValueHeadOrder: Sendable, BitwiseCopyable {
    /// Value heads of one key head follow one another.
    case grouped
    /// Value head `j` reads key head `j % keyHeads`.
    case tiled
}

extension Operation {
    /// Linear attention by the gated delta rule (arXiv:2412.06464 §3.1), over the rows of each sequence: each value head has a
    /// state `S`, `[keys, columns]`, which decays, and in which it corrects what a row's key reads:
    /// `S = decay * S + key (rate * (value - decay * S . key))`, `out = query . S`.
    package struct GatedDeltaRule: ResultPayload {
        package let query: Node
        package let key: Node
        package let value: Node
        package let decay: Node
        package let rate: Node
        package let keyHeads: Int
        package let valueHeads: Int
        package let order: ValueHeadOrder
        /// Multiplies queries.
        package let queryScale: Float
        /// Multiplies keys.
        package let keyScale: Float
        /// Columns of a key head.
        package let keyDimension: Int
        /// Columns of a value head.
        package let valueDimension: Int
        /// Of `Graph.fixedStates`: `[valueHeads * keyDimension, valueDimension]`.
        package let state: Int
        package let out: Node

        package var name: String { "gated delta rule" }
        package var inputs: [Node] { [query, key, value, decay, rate] }

        package func keyHead(of valueHead: Int) -> Int {
            switch order {
            case .grouped: valueHead / (valueHeads / keyHeads)
            case .tiled: valueHead % keyHeads
            }
        }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.shape = "\(valueHeads) x \(keyDimension) x \(valueDimension)"
            cost.multiplyAddsPerRow = 4 * valueHeads * keyDimension * valueDimension
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)), \(valueHeads) heads of \(keyDimension) x \(valueDimension), "
                + "\(keyHeads) key heads, state \(state)"
        }
    }
}

extension GraphBuilder {
    /// A gated delta rule with its state: the shape of `value`.
    ///
    /// - Parameters:
    ///   - query: `[tokens, keyHeads * keyDimension]`, times `queryScale`.
    ///   - key: of that shape, times `keyScale`, which makes its heads of unit length.
    ///   - value: `[tokens, valueHeads * valueDimension]`.
    ///   - decay: `[tokens, valueHeads]`, 0 to 1: what is left of the state.
    ///   - rate: `[tokens, valueHeads]`, 0 to 1: how much is learned of an error.
    package mutating func gatedDeltaRule(
        query: Node, queryScale: Float, key: Node, keyScale: Float, value: Node, decay: Node, rate: Node, keyHeads: Int,
        _ order: ValueHeadOrder
    ) throws(GraphError) -> Node {
        try expectSame("gated delta rule", query, key)
        try expectSame("gated delta rule", decay, rate)
        let (keys, values, valueHeads) = (shape(of: key).columns, shape(of: value), shape(of: decay).columns)
        guard keyHeads > 0, keys % keyHeads == 0, valueHeads % keyHeads == 0, values.columns % valueHeads == 0,
            [query, value, decay].allSatisfy({ shape(of: $0).domain == .tokens })
        else {
            throw .shapes(
                operation: "gated delta rule",
                expected: "tokens of \(keyHeads) key heads and a multiple of value heads",
                found: "\(keys) columns of keys, \(values.columns) of \(valueHeads) value heads")
        }
        let (keyDimension, valueDimension) = (keys / keyHeads, values.columns / valueHeads)
        let state = addState(.headStates(rows: keyDimension, columns: values.columns))
        return append(values) { out in
            .gatedDeltaRule(
                Operation.GatedDeltaRule(
                    query: query, key: key, value: value, decay: decay, rate: rate, keyHeads: keyHeads,
                    valueHeads: valueHeads, order: order, queryScale: queryScale, keyScale: keyScale,
                    keyDimension: keyDimension, valueDimension: valueDimension, state: state, out: out))
        }
    }
}
