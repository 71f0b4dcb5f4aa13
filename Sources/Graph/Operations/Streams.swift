extension Operation {
    /// Streams of equal size in one row, each a base plus a sum of other streams with weights of the row's own:
    /// `out[i] = base[i] + sum over j of (offset + weights[i * m + j]) * x[j]`, `x` having `m` streams. Those before `first` are
    /// `base` alone.
    package struct MixStreams: ResultPayload {
        package let base: Node
        package let x: Node
        /// `[domain, n * m]`, `base` having `n` streams; nil: all zeros.
        package let weights: Node?
        package let offset: Float
        /// Columns of a stream.
        package let size: Int
        package let first: Int
        package let out: Node

        package var name: String { "mix streams" }
        package var inputs: [Node] { [base, x] + [weights].compactMap { $0 } }

        package func text(_ graph: Graph) -> String {
            "mix streams of \(size): \(graph.text([base])) + \(graph.text([x])) by "
                + (weights.map { graph.text([$0]) } ?? "0") + " + \(offset)" + (first == 0 ? "" : " from \(first) on")
        }
    }

    /// `out[t] = x[t] * rms(reference[t]) / max(rms(x[t]), least)`, the root of the mean square.
    package struct MatchMagnitude: ResultPayload {
        /// Of a row's root mean square.
        package static let least = 0.00001.squareRoot()

        package let x: Node
        package let reference: Node
        package let out: Node

        package var name: String { "match magnitude" }
        package var inputs: [Node] { [x, reference] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String {
            "match magnitude of \(graph.text([x])) to \(graph.text([reference]))"
        }
    }
}

extension GraphBuilder {
    /// Adds to each stream of `base` the streams of `x` by weights (AltUp, arXiv:2301.13310 §2): the shape of `base`.
    ///
    /// - Parameters:
    ///   - base: `[domain, n * size]`.
    ///   - x: `[domain, m * size]`.
    ///   - weights: `[domain, n * m]`; nil: all zeros.
    ///   - offset: added to all weights.
    ///   - first: the first stream to which something is added.
    package mutating func mixStreams(
        _ base: Node, _ x: Node, weights: Node? = nil, offset: Float = 0, size: Int, first: Int = 0
    ) throws(GraphError) -> Node {
        let shape = shape(of: base)
        let other = self.shape(of: x)
        guard size > 0, shape.columns % size == 0, other.columns % size == 0, other.domain == shape.domain,
            first >= 0, first <= shape.columns / size
        else {
            throw .shapes(
                operation: "mix streams", expected: "streams of \(size), from \(first) on",
                found: "\(shape.columns) and \(other.columns) columns")
        }
        if let weights {
            let wanted = Shape(domain: shape.domain, columns: shape.columns / size * (other.columns / size))
            guard self.shape(of: weights) == wanted else {
                throw .shapes(
                    operation: "mix streams", expected: "\(wanted.columns) weights",
                    found: "\(self.shape(of: weights).columns)")
            }
        }
        return append(shape) { out in
            .mixStreams(
                Operation.MixStreams(
                    base: base, x: x, weights: weights, offset: offset, size: size, first: first, out: out))
        }
    }

    /// Scales each row of `x` to the magnitude of `reference`'s: the shape of `x`.
    package mutating func matchMagnitude(_ x: Node, to reference: Node) throws(GraphError) -> Node {
        try expectSame("match magnitude", x, reference)
        return append(shape(of: x)) { .matchMagnitude(Operation.MatchMagnitude(x: x, reference: reference, out: $0)) }
    }
}
