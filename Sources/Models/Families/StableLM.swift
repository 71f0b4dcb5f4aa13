internal import Graph
internal import Tensors

/// StableLM 2 and StableLM-3B: LayerNorm, rotation of a part of each head, SwiGLU. Without `ffn_norm`, attention and
/// feed-forward read the same norm side by side.
///
/// Source: arXiv:2402.17834 §2. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output`; of the 12B model also
/// `attn_q_norm` and `attn_k_norm` with a row for each head.
struct StableLM: ModelFamily, NormedTransformer {
    static let architectures = ["stablelm"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let heads = sizes.heads
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            var qkv = try g.queryKeyValue(normed, w, heads)
            if w.has("attn_q_norm.weight") {
                qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", heads: heads.queries)
                qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", heads: heads.keyValues)
            }
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let input = w.has("ffn_norm.weight") ? try g.norm(x, norm, w, "ffn_norm") : normed
            x = try g.add(x, g.swiGLU(input, w, size: sizes.feedForwardSize), w)
        }
        return x
    }
}
