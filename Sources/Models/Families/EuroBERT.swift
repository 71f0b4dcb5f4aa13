internal import Graph
internal import Tensors

/// EuroBERT (also Jina Embeddings 5 nano): Llama whose tokens see the whole text.
///
/// Source: arXiv:2503.05500 §2.1. Tensors: those of ``Llama``; `output` is the head for masked tokens.
struct EuroBERT: ModelFamily, NormedTransformer {
    static let architectures = ["eurobert"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(classifierActivation: .gelu) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.rope(
                g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads), rotation, w, sizes.heads)
            x = try g.add(x, g.batchAttention(qkv, .bidirectional, w, sizes), w)
            x = try g.add(x, g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize), w)
        }
        return x
    }
}
