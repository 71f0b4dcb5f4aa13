internal import Graph
internal import Tensors

/// Orion: Llama with LayerNorm.
///
/// Source: arXiv:2401.12246 §3. Tensors: `token_embd`, `blk.N.*` with biases of the norms, `output_norm`, `output`.
struct Orion: ModelFamily, NormedTransformer {
    static let architectures = ["orion"]
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
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize), w)
        }
        return x
    }
}
