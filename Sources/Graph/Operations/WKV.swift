package import Tensors

extension Operation {
    /// RWKV's linear attention, over the rows of each sequence: each head has a state `S`, `[size, size]`:
    /// `S = decay * S + key value`, less what is removed, and `out = receptance . S` (arXiv:2503.14456 §4); without a removal,
    /// of `S` before the row (arXiv:2404.05892 §4).
    package struct WKV: ResultPayload {
        package let receptance: Node
        package let decay: Node
        package let key: Node
        package let value: Node
        /// What the state is asked for, and how much of the answer it loses; nil: nothing is removed.
        package let removal: WKVRemoval?
        package let headDimension: Int
        /// Of `Graph.fixedStates`: `[heads * headDimension, headDimension]`.
        package let state: Int
        package let out: Node

        package var name: String { "WKV" }
        package var inputs: [Node] {
            [receptance, decay, key, value] + (removal.map { [$0.removal, $0.replacement] } ?? [])
        }

        package func cost(_ graph: Graph) -> Cost {
            let shape = graph.shape(of: out)
            var cost = Cost(name, shape)
            cost.shape = "\(shape.columns / headDimension) x \(headDimension) x \(headDimension)"
            cost.multiplyAddsPerRow = (removal == nil ? 3 : 5) * shape.columns * headDimension
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)), heads of \(headDimension), state \(state)"
        }
    }

    /// `out = value` times the sum of `receptance * key * bonus`, head by head: what a row reads of itself.
    package struct HeadBonus: ResultPayload {
        package let receptance: Node
        package let key: Node
        /// `[columns]`
        package let bonus: WeightVector
        package let value: Node
        package let headDimension: Int
        package let out: Node

        package var name: String { "head bonus" }
        package var inputs: [Node] { [receptance, key, value] }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([bonus.address])
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)), \(graph.name(of: bonus)), heads of \(headDimension)"
        }
    }
}

/// What is removed from RWKV-7's states: `[tokens, heads * headDimension]` each.
package struct WKVRemoval: Sendable, BitwiseCopyable {
    package let removal: Node
    package let replacement: Node

    package init(_ removal: Node, replacement: Node) {
        self.removal = removal
        self.replacement = replacement
    }
}

extension GraphBuilder {
    /// RWKV's linear attention with its state: `[tokens, heads * headDimension]`, the shape of all values.
    ///
    /// - Parameters:
    ///   - decay: 0 to 1: what is left of each row of the state.
    ///   - removal: nil: RWKV-6's.
    package mutating func wkv(
        receptance: Node, decay: Node, key: Node, value: Node, removal: WKVRemoval? = nil, headDimension: Int
    ) throws(GraphError) -> Node {
        let shape = shape(of: value)
        for input in [receptance, decay, key] { try expectSame("WKV", input, value) }
        if let removal {
            for input in [removal.removal, removal.replacement] { try expectSame("WKV", input, value) }
        }
        try expectHeads("WKV", shape, headDimension)
        let state = addState(.headStates(rows: headDimension, columns: shape.columns))
        return append(shape) { out in
            .wkv(
                Operation.WKV(
                    receptance: receptance, decay: decay, key: key, value: value, removal: removal,
                    headDimension: headDimension, state: state, out: out))
        }
    }

    /// What a row reads of itself: the shape of `value`.
    ///
    /// - Parameter bonus: `[columns]`, a row a head.
    package mutating func headBonus(
        receptance: Node, key: Node, _ bonus: NamedVector, value: Node, headDimension: Int
    ) throws(GraphError) -> Node {
        let shape = shape(of: value)
        for input in [receptance, key] { try expectSame("head bonus", input, value) }
        try expect(bonus.name, shape.columns, bonus.vector.count)
        try expectHeads("head bonus", shape, headDimension)
        let weights = weights(bonus)
        return append(shape) { out in
            .headBonus(
                Operation.HeadBonus(
                    receptance: receptance, key: key, bonus: weights, value: value, headDimension: headDimension,
                    out: out))
        }
    }

    private func expectHeads(_ operation: String, _ shape: Shape, _ headDimension: Int) throws(GraphError) {
        guard headDimension > 0, shape.columns % headDimension == 0, shape.domain == .tokens else {
            throw .shapes(
                operation: operation, expected: "tokens of heads of \(headDimension)",
                found: "\(shape.columns) columns of \(shape.domain)")
        }
    }
}
