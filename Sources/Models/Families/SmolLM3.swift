internal import Graph
internal import Tensors

/// SmolLM3: Llama whose every fourth layer does not rotate (NoPE).
///
/// Source: arXiv:2305.19466; Hugging Face, "SmolLM3: smol, multilingual, long-context reasoner" (2025). Tensors: those of
/// ``Llama``.
struct SmolLM3: ModelFamily, NormedTransformer {
    static let architectures = ["smollm3"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    /// The last layer of each period does not rotate.
    static let period = 4

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        // Files of this architecture have the rows of attn_q and attn_k permuted for neighbouring pairs.
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            if (layer + 1) % Self.period != 0 { qkv = try g.rope(qkv, rotation, w, sizes.heads) }
            x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer), w)
            let feedForward = try g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
