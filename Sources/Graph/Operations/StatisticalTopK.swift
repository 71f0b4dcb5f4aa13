extension Operation {
    /// `out = max(x - (mean + deviations * deviation), 0)`, with the mean and the standard deviation of the row: the greatest
    /// of normally distributed elements, without sorting (arXiv:2506.06644 §3).
    package struct StatisticalTopK: ResultPayload {
        package let x: Node
        package let deviations: Float
        package let out: Node

        package var name: String { "statistical top-k" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String {
            "\(name) of \(graph.text(inputs)), \(deviations) deviations above the mean"
        }
    }
}

extension GraphBuilder {
    /// What of each element lies `deviations` standard deviations above its row's mean: the shape of `x`.
    package mutating func statisticalTopK(_ x: Node, deviations: Float) throws(GraphError) -> Node {
        guard deviations.isFinite else {
            throw .shapes(
                operation: "statistical top-k", expected: "a number of deviations", found: "\(deviations)")
        }
        return append(shape(of: x)) {
            .statisticalTopK(Operation.StatisticalTopK(x: x, deviations: deviations, out: $0))
        }
    }
}
