internal import Graph
internal import Tensors

/// DeBERTa V2 and V3: BERT whose scores are sums of what tokens, and tokens and relative positions, say of each other.
///
/// Source: arXiv:2006.03654 §3.1, arXiv:2111.09543. Keys: `attention.position_buckets` (0: a row for each distance),
/// `attention.max_relative_positions`, `attention.share_att_key` (positions are projected as tokens are, else by
/// `attn_pos_k` and `attn_pos_q`), `attention.position_types` (`c2p`, `p2c` or `c2p|p2c`), `convolution_activation`. Tensors: BERT's, those of types
/// and positions where the file has them; `embd_proj` where the embedding has fewer columns; `rel_embd`
/// (`[2 * buckets or distances, hidden]`) and perhaps `rel_embd_norm`; of V2-XLarge also `conv` and `conv_norm`, a
/// convolution of the first layer's input that is added to its result.
struct DeBERTa2: ModelFamily, Transformer {
    static let architectures = ["deberta-v2"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let embeddingSize: Int
    let norm: Norm
    let buckets: Int
    let maxDistance: Int
    let sharesProjections: Bool
    let hasPositionKeys: Bool
    let hasPositionQueries: Bool
    let convolutionActivation: Activation
    /// Positions that the convolution of V2-XLarge sees.
    private static let convolutionWidth = 3

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        embeddingSize = try h.positive("embedding_length_input", default: sizes.hiddenSize)
        norm = try Norm(.layer, h)
        buckets = try h.count("attention.position_buckets", default: 0)
        maxDistance = try h.positive("attention.max_relative_positions", default: sizes.contextLength)
        sharesProjections = try h.bool("attention.share_att_key", default: false)
        let types = try h.string("attention.position_types", default: "c2p|p2c")
        let parts = types.split(separator: "|")
        guard parts.allSatisfy({ $0 == "c2p" || $0 == "p2c" }), !parts.isEmpty else {
            throw h.wrong("attention.position_types", types, "c2p, p2c or c2p|p2c")
        }
        hasPositionKeys = parts.contains("c2p")
        hasPositionQueries = parts.contains("p2c")
        switch try h.string("convolution_activation", default: "tanh") {
        case "tanh": convolutionActivation = .tanh
        case "gelu": convolutionActivation = .gelu
        case let name: throw h.unsupported("the activation '\(name)' of a convolution")
        }
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(classifierActivation: .gelu, headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding =
            w.has("position_embd.weight")
            ? try g.positionedEmbedding(w, columns: embeddingSize, contextLength: sizes.contextLength)
            : try g.segmentedEmbedding(w, hiddenSize: embeddingSize)
        let projected = try g.projectedEmbedding(embedding, w, hiddenSize: sizes.hiddenSize)
        var x = try g.norm(projected, norm, w, "token_embd_norm")  // [tokens, hidden]
        let positions = try positions(w)
        for layer in 0..<sizes.layers {
            let block = w.scoped("blk.\(layer)")
            let attention = try g.batchAttention(
                g.queryKeyValue(x, block, sizes.heads), .bidirectional,
                bias: .disentangled(bias(positions, block)), scale: scale, block, sizes)
            let input = x
            x = try g.postNormLayer(x, attention, norm, block, sizes)
            if layer == 0, w.has("conv.weight") {
                let convolved = try g.convolution(
                    input, w, "conv", size: sizes.hiddenSize, width: Self.convolutionWidth, stride: 1,
                    convolutionActivation)
                x = try g.norm(g.add(x, convolved, w), norm, w, "conv_norm")
            }
        }
        return x
    }

    /// The root of the head's size times the parts of a score.
    private var scale: Float {
        let parts = 1 + (hasPositionKeys ? 1 : 0) + (hasPositionQueries ? 1 : 0)
        return 1 / Float(sizes.heads.keyDimension * parts).squareRoot()
    }

    private func positions(
        _ w: TensorScope
    ) throws(ModelError) -> (matrix: NamedMatrix, norm: DisentangledBias.PositionNorm?) {
        let hiddenSize = sizes.hiddenSize
        let matrix = try w.matrix(
            "rel_embd.weight", rows: 2 * (buckets > 0 ? buckets : maxDistance), columns: hiddenSize)
        guard w.has("rel_embd_norm.weight") else { return (matrix, nil) }
        return (
            matrix,
            DisentangledBias.PositionNorm(
                weight: try w.vector("rel_embd_norm.weight", count: hiddenSize),
                bias: try w.optionalVector("rel_embd_norm.bias", count: hiddenSize), epsilon: norm.epsilon)
        )
    }

    private func bias(
        _ positions: (matrix: NamedMatrix, norm: DisentangledBias.PositionNorm?), _ w: TensorScope
    ) throws(ModelError) -> DisentangledBias {
        func projection(_ shared: String, _ own: String) throws(ModelError) -> DisentangledBias.Projection {
            let heads = sizes.heads
            let linear = try w.linear(
                sharesProjections ? shared : own, rows: heads.queries * heads.keyDimension, columns: sizes.hiddenSize)
            return DisentangledBias.Projection(weights: linear.weights, bias: linear.bias)
        }
        return DisentangledBias(
            positions: positions.matrix, norm: positions.norm,
            keys: hasPositionKeys ? try projection("attn_k", "attn_pos_k") : nil,
            queries: hasPositionQueries ? try projection("attn_q", "attn_pos_q") : nil, buckets: buckets,
            maxDistance: maxDistance)
    }
}
