internal import Graph
internal import Tensors

/// BERT, MiniLM, BGE, E5, GTE, DistilBERT, RoBERTa, XLM-RoBERTa: post-norm encoder, LayerNorm, learned positions, GELU by the
/// error function.
///
/// Source: arXiv:1810.04805 §3; arXiv:1907.11692; arXiv:1910.01108. Tensors: `token_embd`, `token_types` (not in
/// DistilBERT), `position_embd` (in files of RoBERTa's kind without the rows of padding), `token_embd_norm`, `blk.N.*`.
struct BERT: ModelFamily, Transformer {
    static let architectures = ["bert"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
    }

    /// DistilBERT, which alone has no token types, has ReLU where the others have tanh.
    func traits(_ w: TensorScope) -> ModelTraits {
        ModelTraits(classifierActivation: w.has("token_types.weight") ? .tanh : .relu, headNorm: norm)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let positions = try w.matrix("position_embd.weight", rows: sizes.contextLength, columns: sizes.hiddenSize)
        var x = try g.segmentedEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        x = try g.norm(g.add(x, g.embedding(positions, by: .positions), w), norm, w, "token_embd_norm")
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let attention = try g.batchAttention(g.queryKeyValue(x, w, sizes.heads), .bidirectional, w, sizes)
            x = try g.postNormLayer(x, attention, norm, w, sizes)
        }
        return x
    }
}
