internal import Graph
internal import Tensors

/// Jina Embeddings 3: XLM-RoBERTa with rotary positions. Its adapters for tasks are files apart.
///
/// Source: arXiv:2409.10173 §3. Tensors: BERT's without `position_embd`, with one row of `token_types`; `attn_qkv` may be
/// fused.
struct JinaBERT3: ModelFamily, Transformer {
    static let architectures = ["jina-bert-v3"]
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
            x = try g.postNormLayer(x, g.batchAttention(qkv, .bidirectional, w, sizes), norm, w, sizes)
        }
        return x
    }
}
