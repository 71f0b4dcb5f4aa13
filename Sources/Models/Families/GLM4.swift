internal import Graph
internal import Tensors

/// ChatGLM 3 and GLM-4: Llama with matrices for gate and up together and rotation of half of each head; of GLM-4-0414 with
/// norms behind attention and feed-forward, too.
///
/// Source: arXiv:2406.12793 §2. Tensors: `token_embd`, `blk.N.*` with biases of query, key and value, an `ffn_up` of both
/// the gate (its first half) and what it opens, and of `glm4` `post_attention_norm` and `post_ffw_norm`; `output_norm`,
/// `output`. Models that see images rotate halves, as their `rope.dimension_sections` tell; of a text, the sections of a
/// position are the same.
struct GLM4: ModelFamily, NormedTransformer {
    static let architectures = ["glm4", "chatglm"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let hasNormsBehind: Bool

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(
            h, headDimension: sizes.heads.keyDimension,
            pairing: h.has("rope.dimension_sections") ? .neox : .interleaved)
        hasNormsBehind = h.architecture == "glm4"
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer)
            x = try g.add(x, hasNormsBehind ? g.norm(attention, norm, w, "post_attention_norm") : attention, w)
            let feedForward = try g.packedGLU(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .silu)
            x = try g.add(x, hasNormsBehind ? g.norm(feedForward, norm, w, "post_ffw_norm") : feedForward, w)
        }
        return x
    }
}
