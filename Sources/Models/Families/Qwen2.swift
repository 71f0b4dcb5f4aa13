internal import Graph
internal import Tensors

/// Qwen2 and Qwen2.5, and of Qwen2-VL and Qwen2.5-VL the part that reads text; EXAONE 3; Seed-OSS: pre-norm decoder, RMSNorm,
/// rotary grouped-query attention with biases, SwiGLU.
///
/// Source: arXiv:2407.10671 §2.2.1; EXAONE 3, which has no biases: arXiv:2408.03541 §2. Tensors: `token_embd`, `blk.N.*` with
/// `attn_{q,k,v}.bias` (Seed-OSS calls `ffn_norm` `post_attention_norm`), `output_norm`, `output` (or tied), `rope_freqs`.
/// Positions of images have three parts (`rope.dimension_sections`), which are the same for text.
struct Qwen2: ModelFamily, NormedTransformer {
    static let architectures = ["qwen2", "qwen2vl", "exaone", "seed_oss"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let feedForwardNorm: String

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        feedForwardNorm = h.architecture == "seed_oss" ? "post_attention_norm" : "ffn_norm"
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let normed = try g.norm(x, norm, w, feedForwardNorm)
            let feedForward = try g.swiGLU(normed, w, size: sizes.feedForwardSize)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
