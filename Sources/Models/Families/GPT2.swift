internal import Graph
internal import Tensors

/// GPT-2 and StarCoder: pre-norm decoder, LayerNorm, learned positions, GELU in its tanh form.
///
/// Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners" §2.3; StarCoder, which has multi-query
/// attention: arXiv:2305.06161 §5. Tensors: `token_embd`, `position_embd`, `blk.N.*` with biases and a fused `attn_qkv`,
/// `output_norm`, `output` (or tied).
struct GPT2: ModelFamily, NormedTransformer {
    static let architectures = ["gpt2", "starcoder"]
    let sizes: TransformerSizes
    let norm: Norm

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let positions = try w.matrix("position_embd.weight", rows: sizes.contextLength, columns: sizes.hiddenSize)
        let tokens = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        var x = try g.add(tokens, g.embedding(positions, by: .positions), w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            let attention = try g.causalAttention(qkv, w, sizes, layer: layer)
            x = try g.add(x, attention, w)
            let feedForward = try g.feedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .geluTanh)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
