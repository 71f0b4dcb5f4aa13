internal import Graph
internal import Tensors

/// Qwen2 and Qwen2.5: pre-norm decoder, RMSNorm, rotary grouped-query attention with biases, SwiGLU.
///
/// Source: arXiv:2407.10671 §2.2.1. Tensors: `token_embd`, `blk.N.*` with `attn_{q,k,v}.bias`, `output_norm`, `output` (or
/// tied).
struct Qwen2: ModelFamily, NormedTransformer {
    static let architectures = ["qwen2"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let feedForward = try g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
