internal import Graph
internal import Tensors

/// The encoder-decoder of 2017 and what keeps its form: BART, mBART, Marian, M2M100, NLLB, Pegasus. LayerNorm before or behind
/// each part, a table of positions, biases everywhere, the output tied to the embedding.
///
/// Source: arXiv:1706.03762 §3; arXiv:1910.13461; arXiv:2001.08210; arXiv:2010.11125; arXiv:1912.08777; Marian,
/// arXiv:1804.00344. Keys: `bart.encoder.*` and `bart.decoder.*`, each with `context_length`, `embedding_length`,
/// `feed_forward_length`, `block_count` and `attention.head_count`; `norm_before`, `embedding_scale`, `hidden_activation`.
///
/// Tensors: `token_embd`; `enc.*` and `dec.*`: `position_embd`, `embd_norm` (of BART and mBART), `blk.N.*` as Whisper's,
/// `output_norm` (where norms come before); `output` (or tied), `output.bias`.
struct BART: ModelFamily {
    static let architectures = ["bart"]
    static func kind(of architecture: String) -> ModelKind { .textToText }
    let encoder: Encoder
    let decoder: Decoder

    var stages: [any Stage] { [encoder, decoder] }

    init(_ h: Hyperparameters) throws(ModelError) {
        let norm = try Norm(.layer, h, defaultEpsilon: 1e-5)
        let isBefore = try h.bool("norm_before", default: false)
        let scale = try h.float("embedding_scale", default: 1)
        let activation: Activation =
            switch try h.string("hidden_activation", default: "gelu") {
            case "relu": .relu
            case "gelu": .gelu
            case "gelu_tanh": .geluTanh
            case "silu": .silu
            case let name: throw h.unsupported("the activation '\(name)'")
            }
        func layers(_ name: String) throws(ModelError) -> BARTLayers {
            BARTLayers(
                sizes: try TransformerSizes(h.scoped(name)), norm: norm, isNormBefore: isBefore, embeddingScale: scale,
                activation: activation)
        }
        encoder = Encoder(layers: try layers("encoder"))
        decoder = Decoder(layers: try layers("decoder"))
        guard encoder.hiddenSize == decoder.hiddenSize else {
            throw h.wrong("decoder.embedding_length", "\(decoder.hiddenSize)", "the encoder's, \(encoder.hiddenSize)")
        }
    }
}

extension BART {
    struct Encoder: Transformer {
        let role = StageRole.encoder
        let layers: BARTLayers

        var sizes: TransformerSizes { layers.sizes }

        func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            var x = try layers.embedding(&g, w, stage: "enc")
            for layer in 0..<sizes.layers {
                let w = w.scoped("enc.blk.\(layer)")
                x = try layers.part(x, "attn_norm", &g, w) { x, g throws(ModelError) in
                    try g.batchAttention(g.queryKeyValue(x, w, sizes.heads), .bidirectional, w, sizes)
                }
                x = try layers.feedForward(x, &g, w)
            }
            return x
        }

        func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            try layers.outputNorm(x, &g, w.scoped("enc"))
        }
    }

    struct Decoder: Transformer {
        let layers: BARTLayers

        var sizes: TransformerSizes { layers.sizes }

        func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            var x = try layers.embedding(&g, w, stage: "dec")
            for layer in 0..<sizes.layers {
                let w = w.scoped("dec.blk.\(layer)")
                x = try layers.part(x, "attn_norm", &g, w) { x, g throws(ModelError) in
                    try g.causalAttention(g.queryKeyValue(x, w, sizes.heads), w, sizes, layer: layer)
                }
                x = try layers.part(x, "cross_attn_norm", &g, w) { x, g throws(ModelError) in
                    try g.crossAttention(x, w, sizes.heads, layer: layer)
                }
                x = try layers.feedForward(x, &g, w)
            }
            return x
        }

        func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            try layers.outputNorm(x, &g, w.scoped("dec"))
        }

        func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            let vocabulary = try w.vocabularySize(columns: hiddenSize)
            let name = w.has("output.weight") ? "output" : "token_embd"
            return try g.linear(
                x, w.linear(name, rows: vocabulary, columns: hiddenSize, bias: "output", adapted: "output"), w)
        }

        func storeCrossKeyValues(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) {
            for layer in 0..<sizes.layers {
                try g.storeCrossKeyValues(x, w.scoped("dec.blk.\(layer)"), sizes.heads, layer: layer)
            }
        }
    }
}

/// What both stages have in common.
struct BARTLayers {
    let sizes: TransformerSizes
    let norm: Norm
    /// Whether norms come before a part, not behind its sum with the input.
    let isNormBefore: Bool
    let embeddingScale: Float
    let activation: Activation

    /// `[tokens, hidden]`
    func embedding(_ g: inout GraphBuilder, _ w: TensorScope, stage: String) throws(ModelError) -> Node {
        var tokens = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)
        if embeddingScale != 1 { tokens = g.scale(tokens, by: embeddingScale) }
        let w = w.scoped(stage)
        let positions = try w.matrix("position_embd.weight", rows: sizes.contextLength, columns: sizes.hiddenSize)
        let x = try g.add(tokens, g.embedding(positions, by: .positions), w)
        return w.has("embd_norm.weight") ? try g.norm(x, norm, w, "embd_norm") : x
    }

    /// A part of a layer with its norm and residual: the shape of `x`.
    func part(
        _ x: Node, _ name: String, _ g: inout GraphBuilder, _ w: TensorScope,
        _ body: (Node, inout GraphBuilder) throws(ModelError) -> Node
    ) throws(ModelError) -> Node {
        let input = isNormBefore ? try g.norm(x, norm, w, name) : x
        let sum = try g.add(x, body(input, &g), w)
        return isNormBefore ? sum : try g.norm(sum, norm, w, name)
    }

    func feedForward(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try part(x, "ffn_norm", &g, w) { x, g throws(ModelError) in
            try g.feedForward(x, w, size: sizes.feedForwardSize, activation)
        }
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        w.has("output_norm.weight") ? try g.norm(x, norm, w, "output_norm") : x
    }
}
