internal import Graph
internal import Tensors

/// OLMoE: many small experts, and norms of all heads of query and key together.
///
/// Source: arXiv:2409.02060 §2. Tensors: those of ``Qwen3MoE``, with `attn_q_norm` and `attn_k_norm` over all heads.
struct OLMoE: ModelFamily, NormedTransformer {
    static let architectures = ["olmoe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let experts: ExpertParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        experts = try ExpertParameters(h, .softmax, isNormalized: false, defaultSize: sizes.feedForwardSize)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            qkv.query = try g.norm(qkv.query, norm, w, "attn_q_norm")
            qkv.key = try g.norm(qkv.key, norm, w, "attn_k_norm")
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.experts(g.norm(x, norm, w, "ffn_norm"), w, experts), w)
        }
        return x
    }
}
