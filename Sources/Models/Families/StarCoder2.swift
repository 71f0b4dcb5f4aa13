internal import Graph
internal import Tensors

/// StarCoder 2 and CodeShell: pre-norm decoder, LayerNorm, rotary grouped-query attention, GELU in its tanh form, biases everywhere.
///
/// Source: arXiv:2402.19173 §6.1; arXiv:2403.15747. Tensors: `token_embd`, `blk.N.*` with biases, `output_norm`, `output` (or tied).
struct StarCoder2: ModelFamily, NormedTransformer {
    static let architectures = ["starcoder2", "codeshell"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let feedForward = try g.feedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .geluTanh)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
