internal import Graph
internal import Tensors

/// Llama, Mistral, SmolLM, Mixtral; InternLM 2, XVERSE and ERNIE 4.5, which differ in name alone: pre-norm decoder, RMSNorm,
/// rotary grouped-query attention, SwiGLU or a mixture of experts.
///
/// Source: arXiv:2302.13971 §2.2; arXiv:2305.13245; arXiv:2401.04088; arXiv:2403.17297 §2.2. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output`
/// (or tied), `rope_freqs` (Llama 3's scaling).
struct Llama: ModelFamily, NormedTransformer {
    static let architectures = ["llama", "internlm2", "xverse", "ernie4_5"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    /// Mistral's (arXiv:2310.06825), in every layer (llama.cpp ignores it).
    let windows: SlidingWindows
    let experts: ExpertParameters?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        // Files of these architectures have the rows of attn_q and attn_k permuted for neighbouring pairs; ERNIE pairs
        // neighbours itself.
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        windows = try SlidingWindows(h, layers: sizes.layers, defaultPeriod: 0)
        experts =
            if try h.count("expert_count", default: 0) > 0 {
                try ExpertParameters(h, .softmax, isNormalized: true, defaultSize: sizes.feedForwardSize)
            } else {
                nil
            }
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
            let normed = try g.norm(x, norm, w, "ffn_norm")
            let feedForward =
                if let experts {
                    try g.experts(normed, w, experts)
                } else {
                    try g.swiGLU(normed, w, size: sizes.feedForwardSize)
                }
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
