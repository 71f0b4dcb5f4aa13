internal import Graph
internal import Tensors

/// Nemotron-H, Nemotron Nano 2 and 3: one thing in each layer, a selective state space by heads, attention that does not
/// tell positions, or a feed-forward with squared ReLU, which may be a mixture of experts.
///
/// Source: arXiv:2504.03624 §2; arXiv:2512.20848 §2. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output` (or tied). A
/// layer without feed-forward attends or has a state space.
struct NemotronH: ModelFamily, HybridStage {
    static let architectures = ["nemotron_h", "nemotron_h_moe"]
    let layers: HybridLayers
    let stateSpace: HeadStateSpaceSizes
    let norm: Norm
    /// 0: scores are divided by the root of the head's size.
    let scoreScale: Float
    let experts: ExpertParameters?
    /// Columns between the products of the expert that all tokens go to; 0: there is none.
    let sharedSize: Int
    /// Columns that experts read and write; 0: those of the state.
    let latentSize: Int

    init(_ h: Hyperparameters) throws(ModelError) {
        layers = try HybridLayers(h)
        stateSpace = try HeadStateSpaceSizes(h)
        let hasOwnKey = h.has("attention.layer_norm_rms_epsilon")
        norm = try Norm(.rms, h, epsilonKey: hasOwnKey ? nil : "attention.layer_norm_epsilon")
        scoreScale = try h.float("attention.scale", default: 0)
        experts = try Self.experts(h)
        sharedSize = try h.count("expert_shared_feed_forward_length", default: 0)
        latentSize = try h.count("moe_latent_size", default: 0)
    }

    private static func experts(_ h: Hyperparameters) throws(ModelError) -> ExpertParameters? {
        guard try h.count("expert_count", default: 0) > 0 else { return nil }
        var experts = try ExpertParameters(chosenBy: h, default: .sigmoid)
        experts.activation = .plain(.reluSquared)
        return experts
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: hiddenSize)  // [tokens, hidden]
        for layer in 0..<layers.count {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let result =
                if let sizes = layers.attention[layer] {
                    try g.causalAttention(
                        g.queryKeyValue(normed, w, sizes.heads), w, sizes, layer: layer,
                        scoreScale == 0 ? nil : AttentionScores(scale: scoreScale))
                } else if layers.feedForwardSizes[layer] == 0 {
                    try g.headStateSpace(normed, w, stateSpace, norm)
                } else {
                    try feedForward(normed, &g, w, size: layers.feedForwardSizes[layer])
                }
            x = try g.add(x, result, w)
        }
        return x
    }

    private func feedForward(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, size: Int
    ) throws(ModelError) -> Node {
        guard let experts, w.has("ffn_gate_inp.weight") else {
            return try g.feedForward(x, w, size: size, .reluSquared)
        }
        let logits = try g.linear(x, w, "ffn_gate_inp", size: experts.count)
        let input = latentSize == 0 ? x : try g.linear(x, w, "ffn_latent_down", size: latentSize)
        var routed = try g.plainExperts(input, w, experts, logits: logits)
        if latentSize > 0 { routed = try g.linear(routed, w, "ffn_latent_up", size: hiddenSize) }
        guard sharedSize > 0 else { return routed }
        return try g.add(routed, g.feedForward(x, w, suffix: "_shexp", size: sharedSize, .reluSquared), w)
    }
}
