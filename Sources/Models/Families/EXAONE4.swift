internal import Graph
internal import Tensors

/// EXAONE 4.0: post-norm decoder, RMSNorm, also of each head's query and key, SwiGLU; of the 32B model three of four layers
/// see a window and rotate, the others see all and do not know positions.
///
/// Source: arXiv:2507.11407 §2. Tensors: `token_embd`, `blk.N.*` with `attn_q_norm`, `attn_k_norm`, `post_attention_norm` and
/// `post_ffw_norm`, and no norms before them; `output_norm`, `output` (or tied), `rope_freqs`. Any file may have windows
/// (llama.cpp: that of 64 layers alone).
struct EXAONE4: ModelFamily, NormedTransformer {
    static let architectures = ["exaone4"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let windows: SlidingWindows

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        windows = try SlidingWindows(
            h, layers: sizes.layers, defaultLength: sizes.layers == 64 ? 4_096 : 0, defaultPeriod: 4)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let heads = sizes.heads
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(x, w, heads)
            qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: heads.keyDimension)
            qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: heads.keyDimension)
            if !windows.areUsed || windows.isWindowed(layer) { qkv = try g.rope(qkv, rotation, w, heads) }
            let attention = try g.causalAttention(qkv, w, sizes, layer: layer, mask: windows.mask(layer))
            x = try g.add(x, g.norm(attention, norm, w, "post_attention_norm"), w)
            let feedForward = try g.swiGLU(x, w, size: sizes.feedForwardSize)
            x = try g.add(x, g.norm(feedForward, norm, w, "post_ffw_norm"), w)
        }
        return x
    }
}
