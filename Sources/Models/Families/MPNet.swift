internal import Graph
internal import Tensors

/// MPNet (all-mpnet-base-v2): BERT without token types, with a bias of scores by distance that all layers share.
///
/// Source: arXiv:2004.09297; arXiv:1910.10683 §2.1 (the bias). Keys: `attention.relative_buckets_count`. Tensors:
/// `token_embd`, `position_embd` (without the rows of padding), `token_embd_norm`, `attn_rel_b` (`[buckets, heads]`), `blk.N.*`
/// as BERT's.
struct MPNet: ModelFamily, Transformer {
    static let architectures = ["mpnet"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    let buckets: Int
    /// Distances from here on share a bucket.
    static let maxDistance = 128

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        buckets = try h.positive("attention.relative_buckets_count", default: 32)
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let positions = try w.matrix("position_embd.weight", rows: sizes.contextLength, columns: sizes.hiddenSize)
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        x = try g.norm(g.add(x, g.embedding(positions, by: .positions), w), norm, w, "token_embd_norm")
        let bias = try w.matrix("attn_rel_b.weight", rows: buckets, columns: sizes.heads.queries)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let attention = try g.batchAttention(
                g.queryKeyValue(x, w, sizes.heads), .bidirectional,
                bias: .relative(bias, bidirectional: true, maxDistance: Self.maxDistance), w, sizes)
            x = try g.postNormLayer(x, attention, norm, w, sizes)
        }
        return x
    }
}
