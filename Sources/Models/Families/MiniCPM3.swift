internal import Graph
internal import Tensors

/// MiniCPM3: latent attention with a feed-forward, and factors of embeddings, residuals and logits.
///
/// Source: arXiv:2404.06395; openbmb/MiniCPM3-4B. Tensors: those of ``LatentAttention``, `ffn_{gate,up,down}`, `rope_factors_long` and
/// `rope_factors_short`. Files have no keys for the factors.
struct MiniCPM3: ModelFamily, NormedTransformer {
    static let architectures = ["minicpm3"]
    static let embeddingScale: Float = 12
    static let depthScale: Float = 1.4
    /// The hidden size that logits are scaled for.
    static let baseSize: Float = 256
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let attention: LatentAttention

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        attention = try LatentAttention(h, sizes, rotated: rope.rotated)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedded = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)
        var x = g.scale(embedded, by: Self.embeddingScale)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        let residualScale = Self.depthScale / Float(sizes.layers).squareRoot()
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let attended = try g.latentAttention(normed, w, attention, norm, rotation, layer: layer)
            x = try g.add(x, g.scale(attended, by: residualScale), w)
            let feedForward = try g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize)
            x = try g.add(x, g.scale(feedForward, by: residualScale), w)
        }
        return x
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        g.scale(try g.nextTokenHead(x, w), by: Self.baseSize / Float(sizes.hiddenSize))
    }
}
