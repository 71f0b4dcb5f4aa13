internal import Graph
internal import Tensors

extension GraphBuilder {
    /// Stores keys and values of an encoder's result, by `cross_attn_k` and `cross_attn_v`, for a layer of the decoder.
    mutating func storeCrossKeyValues(_ x: Node, _ w: TensorScope, _ heads: Heads, layer: Int) throws(ModelError) {
        // A slice of its own, so that the products of all layers are not one operation whose results are all alive.
        let states = try checked(w) { g throws(GraphError) in try g.slice(x, 0..<g.shape(of: x).columns) }
        let keys = try linear(states, w, "cross_attn_k", size: heads.keyValues * heads.keyDimension)
        let values = try linear(states, w, "cross_attn_v", size: heads.keyValues * heads.valueDimension)
        do throws(GraphError) {
            try storeKeyValues(KeyValues(keys: keys, values: values), layer: layer)
        } catch {
            throw w.failure(error)
        }
    }

    /// Attention of `cross_attn_q` to what the encoder stored for this layer, then `cross_attn_output`: the shape of `x`.
    mutating func crossAttention(
        _ x: Node, _ w: TensorScope, _ heads: Heads, layer: Int
    ) throws(ModelError) -> Node {
        let query = try linear(x, w, "cross_attn_q", size: heads.queries * heads.keyDimension)
        let attended = try checked(w) { g throws(GraphError) in
            try g.attention(
                query, .cross(layer: layer), heads, mask: .bidirectional,
                scale: 1 / Float(heads.keyDimension).squareRoot())
        }
        return try linear(attended, w, "cross_attn_output", size: shape(of: x).columns)
    }

    /// `activation(NAME.weight * x + NAME.bias)`, a convolution over the rows of `x` with zeros beyond its ends: `[domain,
    /// size]`. With a stride of 2 the frames become tokens.
    mutating func convolution(
        _ x: Node, _ w: TensorScope, _ name: String, size: Int, width: Int, stride: Int, _ activation: Activation
    ) throws(ModelError) -> Node {
        let channels = shape(of: x).columns
        let weights = try w.convolution("\(name).weight", outputs: size, channels: channels, width: width)
        let bias = try w.vector("\(name).bias", count: size)
        let convolved = try checked(w) { g throws(GraphError) in
            try g.linear(g.im2col(x, width: width, stride: stride), weights, bias: bias)
        }
        return activate(convolved, activation)
    }
}
