internal import Graph
internal import Tensors

/// GLM-4.5 and 4.6: half of a head rotates, experts are scored one by one, and the first layers have none.
///
/// Source: arXiv:2508.06471 §2.1. Tensors: those of ``Mixture`` and of ``Llama``, with biases of query, key and value, norms of
/// their heads in the larger model, and `post_attention_norm` in front of the experts. The last layer is for drafts.
struct GLM4MoE: ModelFamily, NormedTransformer {
    static let architectures = ["glm4moe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let mixture: Mixture

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        mixture = try Mixture(h, ExpertParameters(chosenBy: h, default: .sigmoid), sizes)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let headDimension = sizes.heads.keyDimension
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            if w.has("attn_q_norm.weight") {
                qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: headDimension)
                qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: headDimension)
            }
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.mixture(g.norm(x, norm, w, "post_attention_norm"), w, mixture, layer: layer), w)
        }
        return x
    }
}
