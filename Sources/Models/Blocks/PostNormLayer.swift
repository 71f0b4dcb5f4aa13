internal import Graph
internal import Tensors

extension GraphBuilder {
    /// What follows the attention in a layer of BERT: the layer's input is added and `attn_output_norm` applied, then a
    /// feed-forward is added and `layer_output_norm` applied: the shape of `x`.
    mutating func postNormLayer(
        _ x: Node, _ attention: Node, _ norm: Norm, _ w: TensorScope, _ sizes: TransformerSizes,
        _ activation: Activation = .gelu
    ) throws(ModelError) -> Node {
        let y = try self.norm(add(x, attention, w), norm, w, "attn_output_norm")
        let feedForward = try feedForward(y, w, size: sizes.feedForwardSize, activation)
        return try self.norm(add(y, feedForward, w), norm, w, "layer_output_norm")
    }

    /// The sum of `token_embd`, `token_types`, where the file has them, and `position_embd`: `[tokens, columns]`.
    mutating func positionedEmbedding(
        _ w: TensorScope, columns: Int, contextLength: Int
    ) throws(ModelError) -> Node {
        let x = try segmentedEmbedding(w, hiddenSize: columns)
        let positions = try w.matrix("position_embd.weight", rows: contextLength, columns: columns)
        return try add(x, embedding(positions, by: .positions), w)
    }

    /// `embd_proj` from the columns of an embedding to those of the layers, where the two differ: `[tokens, hiddenSize]`.
    mutating func projectedEmbedding(_ x: Node, _ w: TensorScope, hiddenSize: Int) throws(ModelError) -> Node {
        shape(of: x).columns == hiddenSize && !w.has("embd_proj.weight")
            ? x : try linear(x, w, "embd_proj", size: hiddenSize)
    }
}
