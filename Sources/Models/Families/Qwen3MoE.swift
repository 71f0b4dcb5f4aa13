internal import Graph
internal import Tensors

/// Qwen3-30B-A3B and its like: Qwen3 with a mixture of experts.
///
/// Source: arXiv:2505.09388 §2. Tensors: those of ``Qwen3`` with `ffn_gate_inp` and `ffn_{gate,up,down}_exps` instead of a
/// feed-forward.
struct Qwen3MoE: ModelFamily, NormedTransformer {
    static let architectures = ["qwen3moe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let experts: ExpertParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        experts = try ExpertParameters(h, .softmax, isNormalized: true)
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
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            x = try g.add(x, g.experts(g.norm(x, norm, w, "ffn_norm"), w, experts), w)
        }
        return x
    }
}
