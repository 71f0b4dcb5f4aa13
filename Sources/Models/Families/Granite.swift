internal import Graph
internal import Tensors

/// Granite 3 and 4 with attention alone, MiniCPM 1 and 2: Llama with constants that multiply embeddings, scores and what
/// each layer adds, and one that divides logits; with a mixture of experts or without.
///
/// Source: arXiv:2408.13359 §4; arXiv:2203.03466; arXiv:2404.06395 §4. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output` (or tied).
struct Granite: ModelFamily, NormedTransformer {
    static let architectures = ["granite", "granitemoe", "minicpm"]
    let sizes: TransformerSizes
    let norm: Norm
    /// Nil: positions are not told (NoPE).
    let rope: RotaryParameters?
    let scores: AttentionScores
    let embeddingScale: Float
    let residualScale: Float
    let logitScale: Float
    let mixture: Mixture?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        let dimension = sizes.heads.keyDimension
        // Files of these architectures have the rows of attn_q and attn_k permuted for neighbouring pairs.
        rope =
            try h.bool("rope.scaling.finetuned", default: true)
            ? RotaryParameters(h, headDimension: dimension, pairing: .interleaved) : nil
        let scale = try h.float("attention.scale", default: 0)
        scores = scale == 0 ? AttentionScores(dimension: dimension) : AttentionScores(scale: scale)
        // MiniCPM's first files have none of its constants.
        let isMiniCPM = h.architecture == "minicpm"
        embeddingScale = try h.scale("embedding_scale", default: isMiniCPM ? 12 : 1)
        residualScale = try h.scale(
            "residual_scale", default: isMiniCPM ? 1.4 / Float(sizes.layers).squareRoot() : 1)
        logitScale = try h.scale("logit_scale", default: isMiniCPM ? Float(sizes.hiddenSize) / 256 : 1)
        mixture =
            if try h.count("expert_count", default: 0) > 0 {
                try Mixture(
                    h, ExpertParameters(h, .softmax, isNormalized: true, defaultSize: sizes.feedForwardSize), sizes)
            } else {
                nil
            }
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = g.scale(try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize), by: embeddingScale)  // [tokens, hidden]
        let rotation: Rotation? = if let rope { try g.rotation(rope, w) } else { nil }
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            if let rotation { qkv = try g.rope(qkv, rotation, w, sizes.heads) }
            let attention = try g.causalAttention(qkv, w, sizes, layer: layer, scores)
            x = try g.add(x, g.scale(attention, by: residualScale), w)
            let normed = try g.norm(x, norm, w, "ffn_norm")
            let feedForward =
                if let mixture {
                    try g.mixture(normed, w, mixture, layer: layer)
                } else {
                    try g.swiGLU(normed, w, size: sizes.feedForwardSize)
                }
            x = try g.add(x, g.scale(feedForward, by: residualScale), w)
        }
        return x
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        g.scale(try g.nextTokenHead(x, w), by: 1 / logitScale)
    }
}
