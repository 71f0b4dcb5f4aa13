internal import Graph
internal import Tensors

/// dots.llm1: Qwen3's attention, and DeepSeek-V3's experts behind the first layers.
///
/// Source: arXiv:2506.05767 §2. Tensors: those of ``Mixture`` and of ``Qwen3``.
struct Dots1: ModelFamily, NormedTransformer {
    static let architectures = ["dots1"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let mixture: Mixture

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        mixture = try Mixture(h, ExpertParameters(chosenBy: h), sizes)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let headDimension = sizes.heads.keyDimension
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: headDimension)
            qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: headDimension)
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.mixture(g.norm(x, norm, w, "ffn_norm"), w, mixture, layer: layer), w)
        }
        return x
    }
}
