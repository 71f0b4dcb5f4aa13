package import Tensors

extension Operation {
    /// A selective state space (arXiv:2312.00752), over the rows of each sequence:
    /// `h = exp(delta * a) * h + delta * x * b`, `out = h . c + d * x`.
    package struct SelectiveScan: ResultPayload {
        package let x: Node
        package let delta: Node
        /// `[channels, size]`
        package let a: WeightMatrix
        package let b: Node
        package let c: Node
        /// `[channels]`
        package let d: WeightVector
        /// Of `Graph.fixedStates`: `[channels, size]`.
        package let state: Int
        package let out: Node

        package var name: String { "selective scan" }
        package var inputs: [Node] { [x, delta, b, c] }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([a.address])
            cost.shape = "\(a.rows) x \(a.columns)"
            cost.weightBytes = a.rows * a.rowBytes
            cost.multiplyAddsPerRow = 3 * a.rows * a.columns
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)), \(graph.name(of: a)) [\(a.rows), \(a.columns)], state \(state)"
        }
    }
}

extension GraphBuilder {
    /// A selective scan with its state: the shape of `x`.
    ///
    /// - Parameters:
    ///   - x: `[tokens, channels]`.
    ///   - delta: `[tokens, channels]`, positive: how much each step is.
    ///   - a: `[channels, size]`, float32, negative.
    ///   - b: `[tokens, size]`: how inputs enter the state.
    ///   - c: `[tokens, size]`: how it is read.
    ///   - d: `[channels]`: what passes it by.
    package mutating func selectiveScan(
        _ x: Node, delta: Node, a: NamedMatrix, b: Node, c: Node, d: NamedVector
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard shape.domain == .tokens, a.matrix.format == .f32 else {
            throw .shapes(
                operation: a.name, expected: "a row for every token and float32",
                found: "\(shape.domain) and \(a.matrix.format.name)")
        }
        try expectSame("selective scan", x, delta)
        try expectSame("selective scan", b, c)
        try expect(a.name, shape.columns, a.matrix.rows)
        try expect(d.name, shape.columns, d.vector.count)
        guard self.shape(of: b) == Shape(domain: .tokens, columns: a.matrix.columns) else {
            throw .shapes(
                operation: a.name, expected: "\(a.matrix.columns) columns of b and c",
                found: "\(self.shape(of: b).columns)")
        }
        let state = addState(.recurrent(bytes: 4 * a.matrix.rows * a.matrix.columns))
        let (decay, skip) = (weights(a), weights(d))
        return append(shape) { out in
            .selectiveScan(
                Operation.SelectiveScan(
                    x: x, delta: delta, a: decay, b: b, c: c, d: skip, state: state, out: out))
        }
    }
}
