internal import Graph
internal import Tensors

extension GraphBuilder {
    /// `ffn_down(silu(ffn_gate(x)) * ffn_up(x))` (arXiv:2002.05202): the shape of `x`.
    mutating func swiGLU(_ x: Node, _ w: TensorScope, size: Int) throws(ModelError) -> Node {
        try gatedFeedForward(x, w, size: size, .silu)
    }

    /// `ffn_down(activation(ffn_gate(x)) * ffn_up(x))`: the shape of `x`.
    ///
    /// - Parameters:
    ///   - suffix: follows the names of the three.
    ///   - sparsity: how many standard deviations above the mean of `ffn_gate(x)` its activation begins; nil: at 0.
    mutating func gatedFeedForward(
        _ x: Node, _ w: TensorScope, suffix: String = "", size: Int, _ activation: Activation, sparsity: Float? = nil
    ) throws(ModelError) -> Node {
        var gate = try linear(x, w, "ffn_gate\(suffix)", size: size)
        if let sparsity {
            let dense = gate
            gate = try checked(w) { g throws(GraphError) in try g.statisticalTopK(dense, deviations: sparsity) }
        }
        let up = try linear(x, w, "ffn_up\(suffix)", size: size)
        return try gated(gate, up, w, "ffn_down\(suffix)", outputs: shape(of: x).columns, activation)
    }

    /// ``gatedFeedForward(_:_:suffix:size:_:)`` where the rows of `ffn_up` are those of the gate, then the others: the shape of
    /// `x`.
    mutating func packedGLU(
        _ x: Node, _ w: TensorScope, size: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let columns = shape(of: x).columns
        let both = try w.linear("ffn_up", rows: 2 * size, columns: columns)
        let gate = try linear(x, both.rows(0..<size), w)
        return try gated(gate, linear(x, both.rows(size..<2 * size), w), w, "ffn_down", outputs: columns, activation)
    }

    /// `ffn_down(activation(ffn_up(x)))`: the shape of `x`.
    ///
    /// - Parameter suffix: follows the names of the two.
    mutating func feedForward(
        _ x: Node, _ w: TensorScope, suffix: String = "", size: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let up = try linear(x, w, "ffn_up\(suffix)", size: size)
        return try linear(activate(up, activation), w, "ffn_down\(suffix)", size: shape(of: x).columns)
    }

    private mutating func gated(
        _ gate: Node, _ up: Node, _ w: TensorScope, _ down: String, outputs: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let gated = try checked(w) { g throws(GraphError) in try g.multiply(g.activate(gate, activation), up) }
        return try linear(gated, w, down, size: outputs)
    }
}
