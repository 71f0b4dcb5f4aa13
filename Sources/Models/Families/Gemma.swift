internal import Graph
internal import Tensors

/// Gemma: pre-norm decoder, RMSNorm, embeddings times the root of the hidden size, rotary attention with wide heads, GeGLU,
/// tied.
///
/// Source: arXiv:2403.08295 §2. Tensors: `token_embd`, `blk.N.*`, `output_norm`. Norm weights hold the 1 that the model adds
/// to them.
struct Gemma: ModelFamily, NormedTransformer {
    static let architectures = ["gemma"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.scaledTokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let feedForward = try g.gatedFeedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .geluTanh)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
