internal import Graph
internal import Tensors

/// Hunyuan-A13B: norms of heads behind their rotation, and an expert that all tokens go to.
///
/// Source: Hunyuan-A13B technical report (Tencent, 2025) §2. Tensors: those of ``Mixture`` and of ``Qwen3``.
struct HunyuanMoE: ModelFamily, NormedTransformer {
    static let architectures = ["hunyuan-moe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let mixture: Mixture

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        let experts = try ExpertParameters(
            h, .softmax, isNormalized: true, defaultSize: sizes.feedForwardSize)
        mixture = try Mixture(h, experts, sizes, defaultSharedSize: sizes.feedForwardSize)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let headDimension = sizes.heads.keyDimension
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            qkv = try g.rope(qkv, rotation, w, sizes.heads)
            qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: headDimension)
            qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: headDimension)
            x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer), w)
            x = try g.add(x, g.mixture(g.norm(x, norm, w, "ffn_norm"), w, mixture, layer: layer), w)
        }
        return x
    }
}
