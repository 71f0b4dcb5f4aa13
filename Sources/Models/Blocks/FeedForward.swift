internal import Graph
internal import Tensors

extension GraphBuilder {
    /// `ffn_down(silu(ffn_gate(x)) * ffn_up(x))` (arXiv:2002.05202): the shape of `x`.
    mutating func swiGLU(_ x: Node, _ w: TensorScope, size: Int) throws(ModelError) -> Node {
        let gate = try linear(x, w, "ffn_gate", size: size)
        let up = try linear(x, w, "ffn_up", size: size)
        let gated = try checked(w) { g throws(GraphError) in try g.multiply(g.activate(gate, .silu), up) }
        return try linear(gated, w, "ffn_down", size: shape(of: x).columns)
    }

    /// `ffn_down(activation(ffn_up(x)))`: the shape of `x`.
    mutating func feedForward(
        _ x: Node, _ w: TensorScope, size: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let up = try linear(x, w, "ffn_up", size: size)
        return try linear(activate(up, activation), w, "ffn_down", size: shape(of: x).columns)
    }
}
