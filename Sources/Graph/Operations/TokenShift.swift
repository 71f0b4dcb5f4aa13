extension Operation {
    /// `out[t] = x[t - 1] - x[t]`, over the rows of each sequence (arXiv:2305.13048 §3.1). The state is the last row of `x`.
    package struct TokenShift: ResultPayload {
        package let x: Node
        /// Of `Graph.fixedStates`.
        package let state: Int
        package let out: Node

        package var name: String { "token shift" }
        package var inputs: [Node] { [x] }

        package func text(_ graph: Graph) -> String { "\(name) \(graph.text(inputs)), state \(state)" }
    }
}

extension GraphBuilder {
    /// The way from each token's row to the one before it, zeros before the first: the shape of `x`.
    package mutating func tokenShift(_ x: Node) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard shape.domain == .tokens else {
            throw .shapes(operation: "token shift", expected: "a row for every token", found: "\(shape.domain)")
        }
        let state = addState(.convolution(rows: 1, columns: shape.columns))
        return append(shape) { .tokenShift(Operation.TokenShift(x: x, state: state, out: $0)) }
    }
}
