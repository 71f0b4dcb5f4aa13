internal import Graph
internal import Tensors

extension GraphBuilder {
    /// `ffn_down(silu(ffn_gate(x)) * ffn_up(x))` (arXiv:2002.05202): the shape of `x`.
    mutating func swiGLU(_ x: Node, _ w: TensorScope, size: Int) throws(ModelError) -> Node {
        try gatedFeedForward(x, w, size: size, .silu)
    }

    /// `ffn_down(activation(ffn_gate(x)) * ffn_up(x))`: the shape of `x`.
    mutating func gatedFeedForward(
        _ x: Node, _ w: TensorScope, size: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let gate = try linear(x, w, "ffn_gate", size: size)
        return try gated(gate, try linear(x, w, "ffn_up", size: size), w, outputs: shape(of: x).columns, activation)
    }

    /// ``gatedFeedForward(_:_:size:_:)`` where the rows of `ffn_up` are those of the gate, then the others: the shape of
    /// `x`.
    mutating func packedGLU(
        _ x: Node, _ w: TensorScope, size: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let columns = shape(of: x).columns
        let bias = try w.optionalVector("ffn_up.bias", count: 2 * size)
        func half(_ rows: Range<Int>, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            let weights = try w.matrix("ffn_up.weight", rows: rows, of: 2 * size, columns: columns)
            let bias = bias.map { NamedVector(name: $0.name, vector: $0.vector.elements(rows)) }
            return try g.checked(w) { g throws(GraphError) in try g.linear(x, weights, bias: bias) }
        }
        return try gated(half(0..<size, &self), half(size..<2 * size, &self), w, outputs: columns, activation)
    }

    /// `ffn_down(activation(ffn_up(x)))`: the shape of `x`.
    mutating func feedForward(
        _ x: Node, _ w: TensorScope, size: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let up = try linear(x, w, "ffn_up", size: size)
        return try linear(activate(up, activation), w, "ffn_down", size: shape(of: x).columns)
    }

    private mutating func gated(
        _ gate: Node, _ up: Node, _ w: TensorScope, outputs: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let gated = try checked(w) { g throws(GraphError) in try g.multiply(g.activate(gate, activation), up) }
        return try linear(gated, w, "ffn_down", size: outputs)
    }
}
