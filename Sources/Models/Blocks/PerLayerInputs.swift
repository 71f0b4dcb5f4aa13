internal import Graph
internal import Tensors

/// A vector of each token for every layer (per-layer embeddings, Gemma 3n).
struct PerLayerInputs: Sendable {
    /// `[tokens, layers * size]`
    fileprivate let all: Node
    fileprivate let size: Int
}

extension GraphBuilder {
    /// The token's row of `per_layer_token_embd`, plus `per_layer_model_proj` of its embedding, which `per_layer_proj_norm`
    /// normalizes layer by layer; both over the root of 2.
    ///
    /// - Parameters:
    ///   - x: the scaled embedding, `[tokens, hiddenSize]`.
    ///   - size: columns of a layer's part.
    mutating func perLayerInputs(
        _ x: Node, _ norm: Norm, _ w: TensorScope, layers: Int, size: Int
    ) throws(ModelError) -> PerLayerInputs {
        let columns = shape(of: x).columns
        let vocabulary = try w.vocabularySize(columns: columns)
        let table = try w.matrix("per_layer_token_embd.weight", rows: vocabulary, columns: layers * size)
        let own = scale(embedding(table, by: .tokens), by: Float(size).squareRoot())
        let projected = scale(
            try linear(x, w, "per_layer_model_proj", size: layers * size), by: 1 / Float(columns).squareRoot())
        let normed = try headNorm(projected, norm, w, "per_layer_proj_norm", headDimension: size)
        return PerLayerInputs(all: scale(try add(normed, own, w), by: Float(0.5).squareRoot()), size: size)
    }

    /// What a layer adds of its part: `post_norm(proj(gelu(inp_gate(x)) * part))`, the shape of `x`.
    mutating func perLayerInput(
        _ x: Node, _ inputs: PerLayerInputs, _ norm: Norm, _ w: TensorScope, layer: Int
    ) throws(ModelError) -> Node {
        let gate = activate(try linear(x, w, "inp_gate", size: inputs.size), .geluTanh)
        let gated = try checked(w) { g throws(GraphError) in
            try g.multiply(gate, g.slice(inputs.all, layer * inputs.size..<(layer + 1) * inputs.size))
        }
        return try self.norm(linear(gated, w, "proj", size: shape(of: x).columns), norm, w, "post_norm")
    }
}
