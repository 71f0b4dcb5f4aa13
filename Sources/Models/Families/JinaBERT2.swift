internal import Graph
internal import Tensors

/// Jina Embeddings 2: BERT whose attention counts distances (ALiBi) instead of positions, with GeGLU.
///
/// Source: arXiv:2310.19923 §2.1. Tensors: `token_embd`, `token_types`, `token_embd_norm`, `blk.N.*` with `ffn_gate`, or with
/// an `ffn_up` of both; where the file has them, `attn_q_norm` and `attn_k_norm` over all heads and `attn_norm_2`, a second
/// norm of the attention's sum with the layer's input.
struct JinaBERT2: ModelFamily, Transformer {
    static let architectures = ["jina-bert-v2"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    /// The greatest exponent of ALiBi's slopes.
    static let maxBias: Float = 8

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding = try g.segmentedEmbedding(w, hiddenSize: sizes.hiddenSize)
        var x = try g.norm(embedding, norm, w, "token_embd_norm")  // [tokens, hidden]
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(x, w, sizes.heads)
            if w.has("attn_q_norm.weight") { qkv.query = try g.norm(qkv.query, norm, w, "attn_q_norm") }
            if w.has("attn_k_norm.weight") { qkv.key = try g.norm(qkv.key, norm, w, "attn_k_norm") }
            let attention = try g.batchAttention(qkv, .bidirectional, bias: .alibi(maxBias: Self.maxBias), w, sizes)
            var y = try g.norm(g.add(x, attention, w), norm, w, "attn_output_norm")
            if w.has("attn_norm_2.weight") { y = try g.norm(g.add(x, y, w), norm, w, "attn_norm_2") }
            let size = sizes.feedForwardSize
            let feedForward =
                if w.has("ffn_gate.weight") {
                    try g.gatedFeedForward(y, w, size: size, .gelu)
                } else {
                    try g.packedGLU(y, w, size: size, .gelu)
                }
            x = try g.norm(g.add(y, feedForward, w), norm, w, "layer_output_norm")
        }
        return x
    }
}
