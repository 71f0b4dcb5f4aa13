internal import Graph
internal import Tensors

/// Of Qwen3.5's and Qwen3.6's mixtures of experts the part that reads text: ``Qwen35`` with experts and a shared one.
///
/// Source: Qwen, "Qwen3.5" (2026); `transformers`' `modeling_qwen3_5_moe.py`. Tensors: those of ``Qwen35`` with
/// `ffn_gate_inp`, `ffn_{gate,up,down}_exps`, `ffn_gate_inp_shexp` and `ffn_{gate,up,down}_shexp` instead of a feed-forward.
struct Qwen35MoE: ModelFamily, NormedTransformer {
    static let architectures = ["qwen35moe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let linearLayers: LinearLayers
    let deltaNet: DeltaNetSizes
    let experts: ExpertParameters
    let sharedSize: Int

    init(_ h: Hyperparameters) throws(ModelError) {
        experts = try ExpertParameters(h, .softmax, isNormalized: true)
        sizes = try TransformerSizes(h, defaultFeedForward: experts.feedForwardSize)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        linearLayers = try LinearLayers(h)
        deltaNet = try DeltaNetSizes(h)
        sharedSize = try h.positive("expert_shared_feed_forward_length", default: sizes.feedForwardSize)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let mixed =
                linearLayers.contains(layer)
                ? try g.tiledDeltaNet(normed, w, deltaNet, norm)
                : try g.gatedAttention(normed, norm, rotation, w, sizes, layer: layer)
            x = try g.add(x, mixed, w)
            let second = try g.norm(x, norm, w, "post_attention_norm")
            let shared = try g.sharedExpert(second, w, size: sharedSize)
            x = try g.add(x, g.add(g.experts(second, w, experts), shared, w), w)
        }
        return x
    }
}
