internal import Graph
internal import Tensors

/// OLMo 2 and 3: post-norm decoder, RMSNorm, also of queries and keys over all heads, SwiGLU; in OLMo 3 a window in three of
/// four layers, whose rotation is not scaled.
///
/// Source: arXiv:2501.00656 §3; arXiv:2512.13961. Tensors: `token_embd`, `blk.N.*` with `attn_q_norm`, `attn_k_norm`,
/// `post_attention_norm` and `post_ffw_norm`, and no norms before them; `output_norm`, `output`.
struct OLMo2: ModelFamily, NormedTransformer {
    static let architectures = ["olmo2"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let localRope: RotaryParameters
    let windows: SlidingWindows

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        let dimension = sizes.heads.keyDimension
        rope = try RotaryParameters(h, headDimension: dimension, pairing: .neox)
        localRope = try RotaryParameters(
            h, headDimension: dimension, pairing: .neox, baseKey: "rope.freq_base_swa", defaultBase: rope.base,
            isScaled: false)
        windows = try SlidingWindows(h, layers: sizes.layers, defaultPeriod: 4)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotations = (global: try g.rotation(rope, w), local: try g.rotation(localRope, w))
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(x, w, sizes.heads)
            qkv.query = try g.norm(qkv.query, norm, w, "attn_q_norm")
            qkv.key = try g.norm(qkv.key, norm, w, "attn_k_norm")
            let attention = try g.rotaryAttention(
                qkv, windows.isWindowed(layer) ? rotations.local : rotations.global, w, sizes, layer: layer,
                mask: windows.mask(layer))
            x = try g.add(x, g.norm(attention, norm, w, "post_attention_norm"), w)
            let feedForward = try g.swiGLU(x, w, size: sizes.feedForwardSize)
            x = try g.add(x, g.norm(feedForward, norm, w, "post_ffw_norm"), w)
        }
        return x
    }
}
