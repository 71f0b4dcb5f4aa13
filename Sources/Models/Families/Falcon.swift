internal import Graph
internal import Tensors

/// Falcon 7B to 180B: LayerNorm, rotary multi-query or grouped-query attention, GELU. Attention and feed-forward are side by
/// side; with `attn_norm_2` (40B, 180B) attention reads that one, without it both read `attn_norm`.
///
/// Source: arXiv:2311.16867 §3. Tensors: `token_embd`, `blk.N.*` with a fused `attn_qkv`, `output_norm`, `output` (or tied).
/// GELU is by the error function (llama.cpp has the tanh form).
struct Falcon: ModelFamily, NormedTransformer {
    static let architectures = ["falcon"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let input = w.has("attn_norm_2.weight") ? try g.norm(x, norm, w, "attn_norm_2") : normed
            let qkv = try g.queryKeyValue(input, w, sizes.heads)
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.feedForward(normed, w, size: sizes.feedForwardSize, .gelu), w)
        }
        return x
    }
}
