internal import Graph
internal import Tensors

/// Gemma 2: Gemma with norms before and behind attention and feed-forward, a window in every second layer, and soft caps on
/// scores and logits.
///
/// Source: arXiv:2408.00118 §2. Tensors: `token_embd`, `blk.N.*` with `post_attention_norm` and `post_ffw_norm`,
/// `output_norm`.
struct Gemma2: ModelFamily, NormedTransformer {
    static let architectures = ["gemma2"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let windows: SlidingWindows
    let attention: AttentionScores
    let logitCap: Float?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        windows = try SlidingWindows(h, layers: sizes.layers, defaultLength: 4_096, defaultPeriod: 2)
        // No key says so: the 27B model, which alone has 46 layers, scales by the hidden size's share of a head.
        attention = AttentionScores(
            dimension: sizes.layers == 46 ? sizes.hiddenShare : sizes.heads.keyDimension,
            softcap: try h.softcap("attn_logit_softcapping", default: 50))
        logitCap = try h.softcap("final_logit_softcapping", default: 30)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.scaledTokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attended = try g.rotaryAttention(
                qkv, rotation, w, sizes, layer: layer, mask: windows.mask(layer), attention)
            x = try g.add(x, g.norm(attended, norm, w, "post_attention_norm"), w)
            let feedForward = try g.gatedFeedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .geluTanh)
            x = try g.add(x, g.norm(feedForward, norm, w, "post_ffw_norm"), w)
        }
        return x
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.softcap(g.nextTokenHead(x, w), logitCap, w)
    }
}
