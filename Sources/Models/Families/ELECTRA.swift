internal import Graph
internal import Tensors

/// ELECTRA: BERT, with an embedding of fewer columns than the layers have in the small models, and heads with GELU.
///
/// Source: arXiv:2003.10555 §3. Keys: `embedding_length_input` (columns of the embedding). Tensors: BERT's, and `embd_proj`
/// where the columns differ.
struct ELECTRA: ModelFamily, Transformer {
    static let architectures = ["electra"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let embeddingSize: Int
    let norm: Norm

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        embeddingSize = try h.positive("embedding_length_input", default: sizes.hiddenSize)
        norm = try Norm(.layer, h)
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(classifierActivation: .gelu, headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding = try g.positionedEmbedding(w, columns: embeddingSize, contextLength: sizes.contextLength)
        let normed = try g.norm(embedding, norm, w, "token_embd_norm")
        var x = try g.projectedEmbedding(normed, w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let attention = try g.batchAttention(g.queryKeyValue(x, w, sizes.heads), .bidirectional, w, sizes)
            x = try g.postNormLayer(x, attention, norm, w, sizes)
        }
        return x
    }
}
