internal import Graph
internal import Tensors

/// Granite 4 with a selective state space by heads in most layers: the constants, the feed-forward and the experts of
/// ``Granite``; layers with attention do not tell positions, but for those of Bamba's files.
///
/// Source: `transformers`' `modeling_granitemoehybrid.py`. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output` (or
/// tied).
struct GraniteHybrid: ModelFamily, HybridStage {
    static let architectures = ["granitehybrid"]
    let layers: HybridLayers
    let stateSpace: HeadStateSpaceSizes
    let norm: Norm
    /// Nil: positions are not told (NoPE).
    let rope: RotaryParameters?
    /// 0: scores are divided by the root of the head's size.
    let scoreScale: Float
    let embeddingScale: Float
    let residualScale: Float
    let logitScale: Float
    let experts: ExpertParameters?
    /// Columns between the products of the expert that all tokens go to; 0: there is none.
    let sharedSize: Int

    init(_ h: Hyperparameters) throws(ModelError) {
        layers = try HybridLayers(h)
        stateSpace = try HeadStateSpaceSizes(h)
        norm = try Norm(.rms, h)
        let rotates = try h.bool("rope.scaling.finetuned", default: true)
        // Files of this architecture have the rows of attn_q and attn_k permuted for neighbouring pairs.
        rope =
            if rotates, let dimension = try layers.keyDimension(h) {
                try RotaryParameters(h, headDimension: dimension, pairing: .interleaved)
            } else {
                nil
            }
        scoreScale = try h.float("attention.scale", default: 0)
        embeddingScale = try h.scale("embedding_scale")
        residualScale = try h.scale("residual_scale")
        logitScale = try h.scale("logit_scale")
        let hasExperts = try h.count("expert_count", default: 0) > 0
        experts =
            hasExperts
            ? try ExpertParameters(h, .softmax, isNormalized: true, defaultSize: h.positive("feed_forward_length"))
            : nil
        sharedSize = try h.count("expert_shared_feed_forward_length", default: 0)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = g.scale(try g.tokenEmbedding(w, hiddenSize: hiddenSize), by: embeddingScale)  // [tokens, hidden]
        let rotation: Rotation? = if let rope { try g.rotation(rope, w) } else { nil }
        for layer in 0..<layers.count {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let mixed =
                if let sizes = layers.attention[layer] {
                    try attention(normed, &g, w, rotation, sizes, layer: layer)
                } else {
                    try g.headStateSpace(normed, w, stateSpace, norm)
                }
            x = try g.add(x, g.scale(mixed, by: residualScale), w)
            let feedForward = try feedForward(
                g.norm(x, norm, w, "ffn_norm"), &g, w, size: layers.feedForwardSizes[layer])
            x = try g.add(x, g.scale(feedForward, by: residualScale), w)
        }
        return x
    }

    private func attention(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, _ rotation: Rotation?, _ sizes: TransformerSizes,
        layer: Int
    ) throws(ModelError) -> Node {
        var qkv = try g.queryKeyValue(x, w, sizes.heads)
        if let rotation { qkv = try g.rope(qkv, rotation, w, sizes.heads) }
        let scores = scoreScale == 0 ? nil : AttentionScores(scale: scoreScale)
        return try g.causalAttention(qkv, w, sizes, layer: layer, scores)
    }

    private func feedForward(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, size: Int
    ) throws(ModelError) -> Node {
        guard let experts, w.has("ffn_gate_inp.weight") else { return try g.swiGLU(x, w, size: size) }
        let routed = try g.experts(x, w, experts)
        guard sharedSize > 0 else { return routed }
        return try g.add(routed, g.gatedFeedForward(x, w, suffix: "_shexp", size: sharedSize, .silu), w)
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        g.scale(try g.nextTokenHead(x, w), by: 1 / logitScale)
    }
}
