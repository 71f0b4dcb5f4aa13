internal import Graph
internal import Tensors

/// Phi-1, Phi-1.5, Phi-2 and GPT-J: LayerNorm, rotation of a part of each head, GELU in its tanh form. Attention and
/// feed-forward read the same norm side by side.
///
/// Source: arXiv:2309.05463 §2; GPT-J: github.com/kingoflolz/mesh-transformer-jax. Tensors: `token_embd`, `blk.N.*` with
/// biases (GPT-J: of the feed-forward alone) and without `ffn_norm`, `output_norm`, `output` with a bias. GPT-J's files
/// have a name in GGUF, but no other reader.
struct Phi2: ModelFamily, NormedTransformer {
    static let architectures = ["phi2", "gptj"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(
            h, headDimension: sizes.heads.keyDimension, pairing: h.architecture == "gptj" ? .interleaved : .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let qkv = try g.queryKeyValue(normed, w, sizes.heads)
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.feedForward(normed, w, size: sizes.feedForwardSize, .geluTanh), w)
        }
        return x
    }
}
