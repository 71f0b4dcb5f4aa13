internal import Graph
internal import Tensors

/// Qwen1.5-MoE and Qwen2-57B-A14B: Qwen2 with a mixture of experts and a shared expert.
///
/// Source: arXiv:2407.10671 §2.2.2. Tensors: those of ``Qwen2`` with `ffn_gate_inp`, `ffn_{gate,up,down}_exps`,
/// `ffn_gate_inp_shexp` and `ffn_{gate,up,down}_shexp` instead of a feed-forward.
struct Qwen2MoE: ModelFamily, NormedTransformer {
    static let architectures = ["qwen2moe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let experts: ExpertParameters
    let sharedSize: Int

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        experts = try ExpertParameters(h, .softmax, isNormalized: false)
        sharedSize = try h.positive("expert_shared_feed_forward_length", default: sizes.feedForwardSize)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let normed = try g.norm(x, norm, w, "ffn_norm")
            let routed = try g.experts(normed, w, experts)
            let shared = try g.sharedExpert(normed, w, size: sharedSize)
            x = try g.add(x, g.add(routed, shared, w), w)
        }
        return x
    }
}
