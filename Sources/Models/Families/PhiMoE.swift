internal import Graph
internal import Tensors

/// Phi-3.5-MoE: LayerNorm, biases of attention and logits, long contexts with frequencies of their own, and two experts a token,
/// each weighted among those that nearly were chosen.
///
/// Source: arXiv:2404.14219 §2; arXiv:2409.12136; `transformers`' `modeling_phimoe.py`, from which llama.cpp differs in norms
/// and weights. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output`, `rope_factors_long` and `rope_factors_short`.
struct PhiMoE: ModelFamily, NormedTransformer {
    static let architectures = ["phimoe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let windows: SlidingWindows
    let experts: ExpertParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h, epsilonKey: "attention.layer_norm_rms_epsilon")
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        windows = try SlidingWindows(h, layers: sizes.layers, defaultPeriod: 0)
        experts = try ExpertParameters(h, .sparseMixer, isNormalized: false, defaultSize: sizes.feedForwardSize)
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
            x = try g.add(x, g.experts(g.norm(x, norm, w, "ffn_norm"), w, experts), w)
        }
        return x
    }
}
