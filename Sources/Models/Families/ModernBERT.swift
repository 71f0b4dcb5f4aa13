internal import Graph
internal import Tensors

/// ModernBERT: pre-norm encoder, rotary attention that sees the whole text in every third layer and a window in the others,
/// GeGLU, no biases.
///
/// Source: arXiv:2412.13663 §2.1. Tensors: `token_embd`, `token_embd_norm`, `blk.N.*` with a fused `attn_qkv` and an `ffn_up`
/// of both the gate (its first half) and what it opens; no `blk.0.attn_norm`; `output_norm`.
struct ModernBERT: ModelFamily, NormedTransformer {
    static let architectures = ["modern-bert"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let localRope: RotaryParameters
    /// Positions that a local layer sees on either side.
    let radius: Int
    /// Every `period`-th layer, beginning with the first, has global attention.
    let period: Int
    let activation: Activation

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        let dimension = sizes.heads.keyDimension
        rope = try RotaryParameters(h, headDimension: dimension, pairing: .neox)
        localRope = try RotaryParameters(
            h, headDimension: dimension, pairing: .neox, baseKey: "rope.freq_base_swa", defaultBase: 10_000)
        let window = try h.integer("attention.sliding_window", default: 0)
        guard window >= 0, window <= Hyperparameters.maxSize else {
            throw h.wrong("attention.sliding_window", "\(window)", "0 to \(Hyperparameters.maxSize)")
        }
        radius = window / 2
        period = window == 0 ? 1 : try h.positive("attention.sliding_window_pattern", default: 3)
        activation = try h.activation(default: "gelu")
    }

    func traits(_ w: TensorScope) -> ModelTraits {
        ModelTraits(classifierPooling: .mean, classifierActivation: .gelu, headNorm: norm)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)
        var x = try g.norm(embedding, norm, w, "token_embd_norm")  // [tokens, hidden]
        let rotations = (global: try g.rotation(rope, w), local: try g.rotation(localRope, w))
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let isGlobal = layer % period == 0
            let normed = layer > 0 || w.has("attn_norm.weight") ? try g.norm(x, norm, w, "attn_norm") : x
            let qkv = try g.rope(
                g.queryKeyValue(normed, w, sizes.heads), isGlobal ? rotations.global : rotations.local, w, sizes.heads)
            let attention = try g.batchAttention(
                qkv, isGlobal ? .bidirectional : .window(radius: radius), w, sizes)
            x = try g.add(x, attention, w)
            let feedForward = try g.packedGLU(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, activation)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
