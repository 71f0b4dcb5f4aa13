internal import Graph
internal import Tensors

/// ALBERT: BERT whose layers share their weights, with an embedding of fewer columns than the layers have.
///
/// Source: arXiv:1909.11942 §3.1. Keys: `embedding_length_input` (columns of the embedding), `hidden_groups` (sets of weights
/// that successive layers share), `hidden_activation`. Tensors: `token_embd`, `token_types`, `position_embd`,
/// `token_embd_norm`, `embd_proj`; `blk.N.*` as BERT's, one for each group.
struct ALBERT: ModelFamily, Transformer {
    static let architectures = ["albert"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let embeddingSize: Int
    let norm: Norm
    let groups: Int
    let activation: Activation

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        embeddingSize = try h.positive("embedding_length_input", default: sizes.hiddenSize)
        norm = try Norm(.layer, h)
        groups = try h.positive("hidden_groups", default: 1)
        guard groups <= sizes.layers else {
            throw h.wrong("hidden_groups", "\(groups)", "at most the \(sizes.layers) layers")
        }
        // As each layer is a part of the graph, though none of the file.
        guard sizes.layers <= Self.maxLayers else {
            throw h.wrong("block_count", "\(sizes.layers)", "at most \(Self.maxLayers)")
        }
        activation = try h.activation(default: "gelu_tanh")
    }

    private static let maxLayers = 1024

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(headActivation: activation, headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding = try g.positionedEmbedding(w, columns: embeddingSize, contextLength: sizes.contextLength)
        let normed = try g.norm(embedding, norm, w, "token_embd_norm")
        var x = try g.projectedEmbedding(normed, w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer * groups / sizes.layers)")
            let attention = try g.batchAttention(g.queryKeyValue(x, w, sizes.heads), .bidirectional, w, sizes)
            x = try g.postNormLayer(x, attention, norm, w, sizes, activation)
        }
        return x
    }
}
