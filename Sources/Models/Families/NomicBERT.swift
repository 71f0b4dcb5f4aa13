internal import Graph
internal import Tensors

/// Nomic Embed: BERT with rotary positions, SwiGLU and no biases but the norms'.
///
/// Source: arXiv:2402.01613 §3. Tensors: `token_embd`, `token_types`, `token_embd_norm`, `blk.N.*` with a fused `attn_qkv`
/// and `ffn_gate`.
struct NomicBERT: ModelFamily, Transformer {
    static let architectures = ["nomic-bert"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding = try g.segmentedEmbedding(w, hiddenSize: sizes.hiddenSize)
        var x = try g.norm(embedding, norm, w, "token_embd_norm")  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.rope(g.queryKeyValue(x, w, sizes.heads), rotation, w, sizes.heads)
            let attention = try g.batchAttention(qkv, .bidirectional, w, sizes)
            x = try g.norm(g.add(x, attention, w), norm, w, "attn_output_norm")
            let feedForward = try g.swiGLU(x, w, size: sizes.feedForwardSize)
            x = try g.norm(g.add(x, feedForward, w), norm, w, "layer_output_norm")
        }
        return x
    }
}
