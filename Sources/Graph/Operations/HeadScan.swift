package import Tensors

extension Operation {
    /// A selective state space whose channels decay by heads (Mamba-2, arXiv:2405.21060), over the rows of each sequence:
    /// `h = exp(delta * a) * h + delta * x * b`, `out = h . c + d * x`, with one `delta` and `a` for each head, and `b` and
    /// `c` for each group of heads.
    package struct HeadScan: ResultPayload {
        package let x: Node
        package let delta: Node
        /// `[heads]`
        package let a: WeightVector
        package let b: Node
        package let c: Node
        /// `[heads]`
        package let d: WeightVector
        /// Elements of a channel's state.
        package let size: Int
        package let headsPerGroup: Int
        /// Of `Graph.fixedStates`: `[heads, headSize, size]`.
        package let state: Int
        package let out: Node

        package var name: String { "scan by heads" }
        package var inputs: [Node] { [x, delta, b, c] }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            let channels = graph.shape(of: out).columns
            cost.weights = graph.roles([a.address])
            cost.shape = "\(a.count) x \(channels / a.count) x \(size)"
            cost.multiplyAddsPerRow = 3 * channels * size
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)), \(graph.name(of: a)) of \(a.count) heads, \(a.count / headsPerGroup) groups, "
                + "state \(state)"
        }
    }
}

extension GraphBuilder {
    /// A scan by heads with its state: the shape of `x`.
    ///
    /// - Parameters:
    ///   - x: `[tokens, heads * headSize]`.
    ///   - delta: `[tokens, heads]`, positive: how much each step is.
    ///   - a: `[heads]`, negative.
    ///   - b: `[tokens, groups * size]`: how inputs enter the state.
    ///   - c: `[tokens, groups * size]`: how it is read.
    ///   - d: `[heads]`: what passes it by.
    package mutating func headScan(
        _ x: Node, delta: Node, a: NamedVector, b: Node, c: Node, d: NamedVector, groups: Int
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        let heads = a.vector.count
        guard shape.domain == .tokens, heads > 0, shape.columns % heads == 0 else {
            throw .shapes(
                operation: a.name, expected: "a row for every token, of \(heads) heads",
                found: "\(shape.domain) of \(shape.columns) columns")
        }
        let columns = self.shape(of: b).columns
        guard groups > 0, heads % groups == 0, columns % groups == 0 else {
            throw .shapes(
                operation: a.name, expected: "groups of \(heads) heads and of \(columns) columns", found: "\(groups)")
        }
        try expectSame("scan by heads", b, c)
        try expect(d.name, heads, d.vector.count)
        guard self.shape(of: delta) == Shape(domain: .tokens, columns: heads), self.shape(of: b).domain == .tokens
        else {
            throw .shapes(
                operation: a.name, expected: "\(heads) columns of delta", found: "\(self.shape(of: delta).columns)")
        }
        let size = columns / groups
        let (elements, overflow) = shape.columns.multipliedReportingOverflow(by: size)
        guard !overflow, elements <= Int.max / 4 else {
            throw .shapes(operation: a.name, expected: "a state that is a size", found: "\(shape.columns) x \(size)")
        }
        let state = addState(.recurrent(bytes: 4 * elements))
        let (decay, skip) = (weights(a), weights(d))
        return append(shape) { out in
            .headScan(
                Operation.HeadScan(
                    x: x, delta: delta, a: decay, b: b, c: c, d: skip, size: size, headsPerGroup: heads / groups,
                    state: state, out: out))
        }
    }
}
