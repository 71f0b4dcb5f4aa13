internal import Graph
internal import Tensors

/// MPT: pre-norm decoder, LayerNorm, ALiBi or learned positions, GELU; queries, keys and values may be bounded.
///
/// Source: arXiv:2108.12409; github.com/mosaicml/llm-foundry. Tensors: `token_embd`, `position_embd` where there is no ALiBi,
/// `blk.N.*` with a fused `attn_qkv`, with or without biases, `output_norm`, `output` (or tied). GELU is by the error
/// function (llama.cpp has the tanh form).
struct MPT: ModelFamily, NormedTransformer {
    static let architectures = ["mpt"]
    let sizes: TransformerSizes
    let norm: Norm
    let scores: AttentionScores
    /// Nil: none.
    let limit: Float?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        let bias = try h.float("attention.max_alibi_bias", default: 0)
        guard bias >= 0 else { throw h.wrong("attention.max_alibi_bias", "\(bias)", "0 or more") }
        scores = AttentionScores(
            dimension: sizes.heads.keyDimension, bias: bias == 0 ? nil : .alibi(maxBias: bias))
        limit = try h.softcap("attention.clamp_kqv", default: 0)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        if scores.bias == nil {
            let positions = try w.matrix("position_embd.weight", rows: sizes.contextLength, columns: sizes.hiddenSize)
            x = try g.add(x, g.embedding(positions, by: .positions), w)
        }
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            if w.has("attn_q_norm.weight") { throw w.unsupported("a norm of MPT's queries and keys") }
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let bounded = try g.clamp(qkv, to: limit, w)
            x = try g.add(x, g.causalAttention(bounded, w, sizes, layer: layer, scores), w)
            let normed = try g.norm(x, norm, w, "ffn_norm")
            x = try g.add(x, g.feedForward(normed, w, size: sizes.feedForwardSize, .gelu), w)
        }
        return x
    }
}
