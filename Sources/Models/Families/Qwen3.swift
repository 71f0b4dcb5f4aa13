internal import Graph
internal import Tensors

/// Qwen3, and of Qwen3-VL the part that reads text: pre-norm decoder, RMSNorm also on every head's query and key, rotary
/// grouped-query attention, SwiGLU.
///
/// Source: arXiv:2505.09388 §2. Tensors: `token_embd`, `blk.N.*` with `attn_q_norm` and `attn_k_norm`, `output_norm`,
/// `output` (or tied). Positions of images have three parts (`rope.dimension_sections`), which are the same for text.
struct Qwen3: ModelFamily, NormedTransformer {
    static let architectures = ["qwen3", "qwen3vl"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let headDimension = sizes.heads.keyDimension
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: headDimension)
            qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: headDimension)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let feedForward = try g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
