internal import Graph
internal import Tensors

/// BLOOM and BLOOMZ: pre-norm decoder, LayerNorm, also of embeddings, ALiBi, GELU in its tanh form.
///
/// Source: arXiv:2211.05100 §3.2. Tensors: `token_embd`, `token_embd_norm`, `blk.N.*` with biases and a fused `attn_qkv`,
/// `output_norm`, `output` (or tied).
struct Bloom: ModelFamily, NormedTransformer {
    static let architectures = ["bloom"]
    let sizes: TransformerSizes
    let norm: Norm

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let tokens = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        var x = try g.norm(tokens, norm, w, "token_embd_norm")
        let scores = AttentionScores(dimension: sizes.heads.keyDimension, bias: .alibi(maxBias: 8))
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer, scores), w)
            let normed = try g.norm(x, norm, w, "ffn_norm")
            x = try g.add(x, g.feedForward(normed, w, size: sizes.feedForwardSize, .geluTanh), w)
        }
        return x
    }
}
