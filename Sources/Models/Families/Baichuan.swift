internal import Graph
internal import Tensors

/// Baichuan and Baichuan 2: Llama; the 13B models have ALiBi instead of a rotation.
///
/// Source: arXiv:2309.10305 §2. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output`.
struct Baichuan: ModelFamily, NormedTransformer {
    static let architectures = ["baichuan"]
    let sizes: TransformerSizes
    let norm: Norm
    /// Nil: ALiBi.
    let rope: RotaryParameters?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        // No key says so: the 13B models, which alone have 40 layers, have ALiBi. The others' files have the rows of attn_q
        // and attn_k permuted for neighbouring pairs.
        let rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        self.rope = sizes.layers == 40 ? nil : rope
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation: Rotation? = if let rope { try g.rotation(rope, w) } else { nil }
        let scores = AttentionScores(
            dimension: sizes.heads.keyDimension, bias: rope == nil ? .alibi(maxBias: 8) : nil)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            if let rotation { qkv = try g.rope(qkv, rotation, w, sizes.heads) }
            x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer, scores), w)
            x = try g.add(x, g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize), w)
        }
        return x
    }
}
