internal import Graph
internal import Tensors

/// Phi-3, Phi-3.5 and Phi-4: Llama with matrices for query, key and value together, and for gate and up together; part of a
/// head may rotate, and long contexts have frequencies of their own.
///
/// Source: arXiv:2404.14219 §2. Tensors: `token_embd`, `blk.N.*` with `attn_qkv` and an `ffn_up` of both the gate (its first
/// half) and what it opens, `output_norm`, `output` (or tied), `rope_factors_long` and `rope_factors_short`. Every layer has
/// the window that the file gives (llama.cpp ignores it).
struct Phi3: ModelFamily, NormedTransformer {
    static let architectures = ["phi3"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let windows: SlidingWindows

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        windows = try SlidingWindows(h, layers: sizes.layers, defaultPeriod: 0)
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
            let feedForward = try g.packedGLU(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .silu)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
