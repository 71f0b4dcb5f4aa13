extension Operation {
    /// `out = g * sigmoid(alpha * g) * (u + 1)` with `g = min(gate, limit)` and `u` = `up` within `-limit...limit`
    /// (arXiv:2508.10925).
    package struct ClampedSwiGLU: ResultPayload {
        package let gate: Node
        package let up: Node
        package let alpha: Float
        package let limit: Float
        package let out: Node

        package var name: String { "clamped SwiGLU" }
        package var inputs: [Node] { [gate, up] }
        package var inPlace: Node? { gate }

        package func text(_ graph: Graph) -> String {
            "clamped SwiGLU \(graph.text(inputs)), alpha \(alpha), limit \(limit)"
        }
    }
}

extension GraphBuilder {
    /// The clamped SwiGLU of two values: their shape.
    package mutating func clampedSwiGLU(
        _ gate: Node, _ up: Node, alpha: Float = 1.702, limit: Float = 7
    ) throws(GraphError) -> Node {
        try expectSame("clamped SwiGLU", gate, up)
        guard limit > 0 else {
            throw .shapes(operation: "clamped SwiGLU", expected: "a limit above 0", found: "\(limit)")
        }
        return append(shape(of: gate)) { out in
            .clampedSwiGLU(Operation.ClampedSwiGLU(gate: gate, up: up, alpha: alpha, limit: limit, out: out))
        }
    }
}
