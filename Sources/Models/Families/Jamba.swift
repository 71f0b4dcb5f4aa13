internal import Graph
internal import Tensors

/// Jamba: a selective state space in most layers, attention that does not tell positions in some, each with a feed-forward
/// or experts.
///
/// Source: arXiv:2403.19887 §2. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output` (or tied).
struct Jamba: ModelFamily, HybridStage {
    static let architectures = ["jamba"]
    let layers: HybridLayers
    let stateSpace: StateSpaceSizes
    let norm: Norm
    let experts: ExpertParameters?

    init(_ h: Hyperparameters) throws(ModelError) {
        layers = try HybridLayers(h)
        stateSpace = try StateSpaceSizes(h)
        norm = try Norm(.rms, h)
        let hasExperts = try h.count("expert_count", default: 0) > 0
        experts =
            hasExperts
            ? try ExpertParameters(h, .softmax, isNormalized: false, defaultSize: h.positive("feed_forward_length"))
            : nil
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: hiddenSize)  // [tokens, hidden]
        for layer in 0..<layers.count {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let mixed =
                if let sizes = layers.attention[layer] {
                    try g.causalAttention(g.queryKeyValue(normed, w, sizes.heads), w, sizes, layer: layer)
                } else {
                    try g.stateSpace(normed, w, stateSpace, parameterNorm: norm)
                }
            x = try g.add(x, mixed, w)
            let feedForward = try g.norm(x, norm, w, "ffn_norm")
            if let experts, w.has("ffn_gate_inp.weight") {
                x = try g.add(x, g.experts(feedForward, w, experts), w)
            } else {
                x = try g.add(x, g.swiGLU(feedForward, w, size: layers.feedForwardSizes[layer]), w)
            }
        }
        return x
    }
}
