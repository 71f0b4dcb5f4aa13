internal import Graph
internal import Tensors

/// Gemma 3: Gemma 2 with norms of heads instead of a cap on scores, a window in five of six layers, and in these a rotary
/// base of their own.
///
/// Source: arXiv:2503.19786 §2. Tensors: `token_embd`, `blk.N.*` with `attn_q_norm`, `attn_k_norm`, `post_attention_norm` and
/// `post_ffw_norm`, `output_norm`, `output` (or tied).
struct Gemma3: ModelFamily, NormedTransformer {
    static let architectures = ["gemma3"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let localRope: RotaryParameters
    let windows: SlidingWindows
    let attention: AttentionScores
    let logitCap: Float?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        let dimension = sizes.heads.keyDimension
        rope = try RotaryParameters(h, headDimension: dimension, pairing: .neox)
        localRope = try RotaryParameters(
            h, headDimension: dimension, pairing: .neox, baseKey: "rope.freq_base_swa", isScaled: false)
        windows = try SlidingWindows(h, layers: sizes.layers, defaultPeriod: 6)
        // No key says so: the 27B model, which alone has 62 layers, scales by the hidden size's share of a head.
        attention = AttentionScores(dimension: sizes.layers == 62 ? sizes.hiddenShare : dimension)
        logitCap = try h.softcap("final_logit_softcapping", default: 0)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let headDimension = sizes.heads.keyDimension
        var x = try g.scaledTokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotations = (global: try g.rotation(rope, w), local: try g.rotation(localRope, w))
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: headDimension)
            qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: headDimension)
            let attended = try g.rotaryAttention(
                qkv, windows.isWindowed(layer) ? rotations.local : rotations.global, w, sizes, layer: layer,
                mask: windows.mask(layer), attention)
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
