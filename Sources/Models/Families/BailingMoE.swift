internal import Graph
internal import Tensors

/// Ling and Ring of the first generation: Llama with experts in every layer, and some that all tokens go to.
///
/// Source: arXiv:2503.05139 §2. Tensors: those of ``DeepSeek`` without dense layers.
struct BailingMoE: ModelFamily, NormedTransformer {
    static let architectures = ["bailingmoe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let mixture: Mixture

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        // Files of this architecture have the rows of attn_q and attn_k permuted for neighbouring pairs.
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        let isNormalized = try h.bool("expert_weights_norm", default: false)
        mixture = try Mixture(h, ExpertParameters(h, .softmax, isNormalized: isNormalized), sizes)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.mixture(g.norm(x, norm, w, "ffn_norm"), w, mixture, layer: layer), w)
        }
        return x
    }
}
