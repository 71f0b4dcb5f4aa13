internal import Graph
internal import Tensors

/// EmbeddingGemma: Gemma 3 whose tokens see the whole text, or a window on both sides in five of six layers.
///
/// Source: arXiv:2509.20354 §2. Tensors: those of ``Gemma3``, and `dense_2` and `dense_3` for the layers behind the pooling.
struct GemmaEmbedding: ModelFamily, NormedTransformer {
    static let architectures = ["gemma-embedding"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
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
            h, headDimension: dimension, pairing: .neox, baseKey: "rope.freq_base_swa", isScaled: false)
        windows = try SlidingWindows(h, layers: sizes.layers, defaultPeriod: 6)
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
            let rotation = windows.isWindowed(layer) ? rotations.local : rotations.global
            let attended = try g.batchAttention(
                g.rope(qkv, rotation, w, sizes.heads), windows.symmetricMask(layer), w, sizes)
            x = try g.add(x, g.norm(attended, norm, w, "post_attention_norm"), w)
            let feedForward = try g.gatedFeedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .geluTanh)
            x = try g.add(x, g.norm(feedForward, norm, w, "post_ffw_norm"), w)
        }
        return x
    }
}
