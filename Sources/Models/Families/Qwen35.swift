internal import Graph
internal import Tensors

/// Of Qwen3.5 and Qwen3.6 the part that reads text: three of four layers are gated delta nets, the others gated attention of
/// which a part of each head rotates; SwiGLU.
///
/// Source: Qwen, "Qwen3.5" (2026); arXiv:2412.06464; `transformers`' `modeling_qwen3_5.py`. Tensors: those of ``Qwen3Next``
/// with `ssm_alpha` and `ssm_beta`, and a feed-forward instead of experts. Value head `j` reads key head `j % keyHeads`.
/// Positions of images have three parts (`rope.dimension_sections`), which are the same for text.
struct Qwen35: ModelFamily, NormedTransformer {
    static let architectures = ["qwen35"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let linearLayers: LinearLayers
    let deltaNet: DeltaNetSizes

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        linearLayers = try LinearLayers(h)
        deltaNet = try DeltaNetSizes(h)
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
            x = try g.add(x, g.swiGLU(second, w, size: sizes.feedForwardSize), w)
        }
        return x
    }
}
