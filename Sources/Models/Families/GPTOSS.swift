internal import Graph
internal import Tensors

/// gpt-oss: biases everywhere, a sink for each head's attention, windows in every other layer, and experts with a clamped SwiGLU.
///
/// Source: arXiv:2508.10925 §2. Tensors: `token_embd`, `blk.N.*` with `attn_sinks`, `post_attention_norm` in front of the experts,
/// `ffn_gate_inp` and `ffn_{gate,up,down}_exps` with biases, `output_norm`, `output`.
struct GPTOSS: ModelFamily, NormedTransformer {
    static let architectures = ["gpt-oss"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let windows: SlidingWindows
    let experts: ExpertParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        var rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        if case .yarn(var yarn) = rope.scaling {
            // As the model was trained (llama.cpp rounds the ramp's ends).
            yarn.roundsRamp = false
            rope.scaling = .yarn(yarn)
        }
        self.rope = rope
        windows = try SlidingWindows(h, layers: sizes.layers, defaultPeriod: 2)
        var experts = try ExpertParameters(h, .softmaxOfChosen, isNormalized: false)
        experts.activation = .clampedSwiGLU(alpha: 1.702, limit: 7)
        self.experts = experts
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.rotaryAttention(
                qkv, rotation, w, sizes, layer: layer, mask: windows.mask(layer))
            x = try g.add(x, attention, w)
            x = try g.add(x, g.experts(g.norm(x, norm, w, "post_attention_norm"), w, experts), w)
        }
        return x
    }
}
