internal import Graph
internal import Tensors

/// LFM2, dense or with experts: Llama with norms of heads, most of whose layers have a gated short convolution instead of
/// attention.
///
/// Source: arXiv:2511.23404. Tensors: `token_embd`, `blk.N.*`, `token_embd_norm` (behind the last layer, whatever its name
/// says), `output` (or tied).
struct LFM2: ModelFamily, HybridStage {
    static let architectures = ["lfm2", "lfm2moe"]
    let layers: HybridLayers
    let norm: Norm
    let rope: RotaryParameters?
    /// Of all layers that attend, where the file has one.
    let windows: SlidingWindows
    let convolutionWidth: Int
    /// The first layers, which have no experts.
    let leadingDense: Int
    let experts: ExpertParameters?

    init(_ h: Hyperparameters) throws(ModelError) {
        layers = try HybridLayers(h)
        norm = try Norm(.rms, h)
        rope =
            if let dimension = try layers.keyDimension(h) {
                try RotaryParameters(h, headDimension: dimension, pairing: .neox)
            } else {
                nil
            }
        windows = try SlidingWindows(h, layers: layers.count, defaultPeriod: 0)
        convolutionWidth = try h.positive("shortconv.l_cache")
        leadingDense = try h.count("leading_dense_block_count", default: 0)
        let hasExperts = try h.count("expert_count", default: 0) > 0
        experts = hasExperts ? try ExpertParameters(h, .sigmoid, isNormalized: true) : nil
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: hiddenSize)  // [tokens, hidden]
        let rotation: Rotation? = if let rope { try g.rotation(rope, w) } else { nil }
        for layer in 0..<layers.count {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let mixed =
                if let rotation, let sizes = layers.attention[layer] {
                    try attention(normed, &g, w, rotation, sizes, layer: layer)
                } else {
                    try g.shortConvolution(normed, w, width: convolutionWidth)
                }
            x = try g.add(x, mixed, w)
            let feedForward = try g.norm(x, norm, w, "ffn_norm")
            if let experts, layer >= leadingDense {
                x = try g.add(x, g.experts(feedForward, w, experts), w)
            } else {
                x = try g.add(x, g.swiGLU(feedForward, w, size: layers.feedForwardSizes[layer]), w)
            }
        }
        return x
    }

    private func attention(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, _ rotation: Rotation, _ sizes: TransformerSizes,
        layer: Int
    ) throws(ModelError) -> Node {
        var qkv = try g.queryKeyValue(x, w, sizes.heads)
        let dimension = sizes.heads.keyDimension
        qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: dimension)
        qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: dimension)
        return try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer, mask: windows.mask(layer))
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, w.has("output_norm.weight") ? "output_norm" : "token_embd_norm")
    }
}
