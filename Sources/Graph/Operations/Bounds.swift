extension Operation {
    /// `out = cap * tanh(x / cap)` (arXiv:2408.00118)
    package struct Softcap: ResultPayload {
        package let x: Node
        package let cap: Float
        package let out: Node

        package var name: String { "softcap" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String { "softcap \(graph.text(inputs)) at \(cap)" }
    }

    /// `out = min(max(x, low), high)`
    package struct Clamp: ResultPayload {
        package let x: Node
        package let low: Float
        package let high: Float
        package let out: Node

        package var name: String { "clamp" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String { "clamp \(graph.text(inputs)) to \(low)...\(high)" }
    }
}

extension GraphBuilder {
    /// Bounds every element to `-cap...cap`, smoothly: the shape of `x`.
    package mutating func softcap(_ x: Node, at cap: Float) throws(GraphError) -> Node {
        guard cap > 0, cap.isFinite else {
            throw .shapes(operation: "softcap", expected: "a cap above 0", found: "\(cap)")
        }
        return append(shape(of: x)) { .softcap(Operation.Softcap(x: x, cap: cap, out: $0)) }
    }

    /// Bounds every element to `low...high`: the shape of `x`.
    package mutating func clamp(_ x: Node, low: Float, high: Float) throws(GraphError) -> Node {
        guard low <= high else {
            throw .shapes(operation: "clamp", expected: "a range", found: "\(low) to \(high)")
        }
        return append(shape(of: x)) { .clamp(Operation.Clamp(x: x, low: low, high: high, out: $0)) }
    }
}
