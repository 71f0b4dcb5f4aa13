internal import Tensors

/// A cross-attention head whose weights are returned.
package struct CrossHead: Sendable {
    /// The queries of all heads of its layer.
    package let query: Node
    package let layer: Int
    package let head: Int

    package init(query: Node, layer: Int, head: Int) {
        self.query = query
        self.layer = layer
        self.head = head
    }
}

extension Operation {
    /// The weights of one head of a cross-attention, in the columns of `out` from `column` on.
    package struct AttentionWeights: OperationPayload {
        package let query: Node
        package let layer: Int
        package let head: Int
        package let heads: Heads
        package let scale: Float
        package let out: Node
        package let column: Int

        var name: String { "attention weights" }

        /// The columns of other heads, in the same rows, stay.
        func reads(_ graph: Graph) -> [Node] { column == 0 ? [query] : [query, out] }

        func writes(_ graph: Graph) -> [Node] { column == 0 ? [out] : [] }

        func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.attended = .cross
            cost.cacheColumns = heads.keyDimension
            cost.multiplyAddsPerPair = heads.keyDimension
            return cost
        }

        func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace {
            Workspace(
                scratchBytes: limits.kernels.scoresScratchBytes(limits.cacheFormat, columns: heads.keyDimension))
        }

        func text(_ graph: Graph) -> String { "weights of \(graph.text([query])), layer \(layer), head \(head)" }
    }
}

extension GraphBuilder {
    /// The weights of some heads of cross-attentions, `[tokens, wanted.count * capacity]`. Each head has a column for
    /// every position that the encoder stored.
    package mutating func attentionWeights(
        _ wanted: [CrossHead], heads: Heads, scale: Float, capacity: Int
    ) throws(GraphError) -> Node {
        for one in wanted {
            try checkQuery(one.query, heads)
            guard (0..<heads.queries).contains(one.head) else {
                throw .shapes(
                    operation: "the weights of attention", expected: "a head below \(heads.queries)",
                    found: "\(one.head)")
            }
        }
        let (columns, overflow) = wanted.count.multipliedReportingOverflow(by: capacity)
        guard !overflow, columns > 0 else {
            throw .shapes(operation: "the weights of attention", expected: "some heads", found: "\(wanted.count)")
        }
        let out = addValue(Shape(domain: .tokens, columns: columns))
        for (place, one) in wanted.enumerated() {
            append(
                .attentionWeights(
                    Operation.AttentionWeights(
                        query: one.query, layer: one.layer, head: one.head, heads: heads, scale: scale, out: out,
                        column: place * capacity)))
        }
        return out
    }
}
