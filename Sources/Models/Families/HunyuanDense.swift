internal import Graph
internal import Tensors

/// Hunyuan's dense models: Llama with norms of each head's query and key behind the rotation.
///
/// Source: github.com/Tencent-Hunyuan/Hunyuan-7B. Tensors: `token_embd`, `blk.N.*` with `attn_q_norm` and `attn_k_norm`,
/// `output_norm`, `output` (or tied). The base of the rotation holds the factor for long contexts.
struct HunyuanDense: ModelFamily, NormedTransformer {
    static let architectures = ["hunyuan-dense"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let heads = sizes.heads
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, heads)
            qkv = try g.rope(qkv, rotation, w, heads)
            qkv.query = try g.headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: heads.keyDimension)
            qkv.key = try g.headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: heads.keyDimension)
            x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer), w)
            x = try g.add(x, g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize), w)
        }
        return x
    }
}
