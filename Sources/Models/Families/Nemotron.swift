internal import Graph
internal import Tensors

/// Nemotron 3 and 4, Minitron: pre-norm decoder, LayerNorm, rotation of a part of each head, squared ReLU.
///
/// Source: arXiv:2402.16819 §2. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output`. Norms' weights hold the 1 that the
/// original adds.
struct Nemotron: ModelFamily, NormedTransformer {
    static let architectures = ["nemotron"]
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
            let normed = try g.norm(x, norm, w, "ffn_norm")
            x = try g.add(x, g.feedForward(normed, w, size: sizes.feedForwardSize, .reluSquared), w)
        }
        return x
    }
}
