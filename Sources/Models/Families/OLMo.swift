internal import Graph
internal import Tensors

/// OLMo: Llama with LayerNorm that has no weights; queries, keys and values may be bounded.
///
/// Source: arXiv:2402.00838 §2.1. Tensors: `token_embd`, `blk.N.*` without norms, `output` (or tied).
struct OLMo: ModelFamily, NormedTransformer {
    static let architectures = ["olmo"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    /// Nil: none.
    let limit: Float?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        // Files of this architecture have the rows of attn_q and attn_k permuted for neighbouring pairs.
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        limit = try h.softcap("attention.clamp_kqv", default: 0)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.clamp(g.queryKeyValue(g.norm(x, norm, w), w, sizes.heads), to: limit, w)
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.swiGLU(g.norm(x, norm, w), w, size: sizes.feedForwardSize), w)
        }
        return x
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w)
    }
}
