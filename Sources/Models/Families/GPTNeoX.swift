internal import Graph
internal import Tensors

/// GPT-NeoX, Pythia, RedPajama, Dolly: LayerNorm, rotation of a part of each head, GELU. Attention and feed-forward are side
/// by side, each with a norm of its own, or one behind the other.
///
/// Source: arXiv:2204.06745 §2.1. Tensors: `token_embd`, `blk.N.*` with biases and a fused `attn_qkv`, `output_norm`,
/// `output`. GELU is by the error function (llama.cpp has the tanh form).
struct GPTNeoX: ModelFamily, NormedTransformer {
    static let architectures = ["gptneox"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let isParallel: Bool

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        isParallel = try h.bool("use_parallel_residual", default: true)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let input = x
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            let normed = try g.norm(isParallel ? input : x, norm, w, "ffn_norm")
            x = try g.add(x, g.feedForward(normed, w, size: sizes.feedForwardSize, .gelu), w)
        }
        return x
    }
}
