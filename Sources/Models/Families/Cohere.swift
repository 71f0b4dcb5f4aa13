internal import Graph
internal import Tensors

/// Command R and Command R7B, Aya: LayerNorm without bias, which attention and a SwiGLU read side by side, and scaled logits.
/// Of Cohere 2, three of four layers see a window and rotate; the others see all and do not know positions.
///
/// Source: arXiv:2504.00698 §2. Tensors: `token_embd`, `blk.N.*` without `ffn_norm`, of Command R+ also `attn_q_norm` and
/// `attn_k_norm` with a row for each head, `output_norm`; logits are of the token embedding.
struct Cohere: ModelFamily, NormedTransformer {
    static let architectures = ["command-r", "cohere2"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    /// Nil: every layer sees all and rotates.
    let windows: SlidingWindows?
    let logitScale: Float

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        windows =
            h.architecture == "cohere2"
            ? try SlidingWindows(h, layers: sizes.layers, defaultLength: 4_096, defaultPeriod: 4) : nil
        logitScale = try h.float("logit_scale")
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
            if windows?.isWindowed(layer) ?? true { qkv = try g.rope(qkv, rotation, w, heads) }
            let attention = try g.causalAttention(qkv, w, sizes, layer: layer, mask: windows?.mask(layer) ?? .causal)
            x = try g.add(x, attention, w)
            x = try g.add(x, g.swiGLU(normed, w, size: sizes.feedForwardSize), w)
        }
        return x
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        g.scale(try g.nextTokenHead(x, w), by: logitScale)
    }
}
