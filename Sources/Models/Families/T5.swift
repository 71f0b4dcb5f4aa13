internal import Graph
internal import Tensors

/// T5, Flan-T5, mT5, umT5, and the encoder of T5 alone (Sentence-T5, GTR): pre-norm encoder and decoder, RMSNorm, a relative
/// bias instead of positions, scores without a scale, ReLU or a gated GELU, no bias of any product.
///
/// Source: arXiv:1910.10683 §2.1, arXiv:2002.05202 (the gate of v1.1), arXiv:2304.09151 (umT5's bias of every layer).
/// Keys: `decoder_block_count`, `attention.relative_buckets_count`. Tensors: `token_embd`; `enc.blk.N.*` and `dec.blk.N.*` with
/// `attn_norm`, `attn_{q,k,v,o}`, `attn_rel_b` (`[buckets, heads]`, in the first layer or in every one), `ffn_norm`,
/// `ffn_{up,down}` and perhaps `ffn_gate`; in the decoder also `cross_attn_norm` and `cross_attn_{q,k,v,o}`;
/// `enc.output_norm`, `dec.output_norm`; `output` (or tied).
struct T5: ModelFamily {
    static let architectures = ["t5", "t5encoder"]
    static func kind(of architecture: String) -> ModelKind { architecture == "t5" ? .textToText : .encoder }
    let encoder: Encoder
    let decoder: Decoder?

    var stages: [any Stage] { decoder.map { [encoder, $0] } ?? [encoder] }

    init(_ h: Hyperparameters) throws(ModelError) {
        let sizes = try TransformerSizes(h)
        let norm = try Norm(.rms, h)
        let buckets = try h.positive("attention.relative_buckets_count")
        encoder = Encoder(sizes: sizes, layers: T5Layers(sizes: sizes, norm: norm, buckets: buckets))
        guard h.architecture != "t5encoder" else {
            decoder = nil
            return
        }
        var decoderSizes = sizes
        decoderSizes.layers = try h.positive("decoder_block_count", default: sizes.layers)
        decoder = Decoder(
            sizes: decoderSizes, layers: T5Layers(sizes: decoderSizes, norm: norm, buckets: buckets))
    }

    func traits(_ weights: TensorScope) -> ModelTraits {
        var traits = ModelTraits()
        traits.isInstructedByText = true
        return traits
    }
}

extension T5 {
    struct Encoder: Transformer {
        let role = StageRole.encoder
        let sizes: TransformerSizes
        let layers: T5Layers

        func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            var x = try g.tokenEmbedding(w, hiddenSize: hiddenSize)  // [tokens, hidden]
            for layer in 0..<sizes.layers {
                let w = w.scoped("enc")
                x = try layers.selfAttention(x, &g, w, layer: layer, isEncoder: true)
                x = try layers.feedForward(x, &g, w, layer: layer)
            }
            return x
        }

        func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            try g.norm(x, layers.norm, w.scoped("enc"), "output_norm")
        }
    }

    struct Decoder: Transformer {
        let sizes: TransformerSizes
        let layers: T5Layers

        func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            var x = try g.tokenEmbedding(w, hiddenSize: hiddenSize)  // [tokens, hidden]
            for layer in 0..<sizes.layers {
                let w = w.scoped("dec")
                x = try layers.selfAttention(x, &g, w, layer: layer, isEncoder: false)
                x = try layers.crossAttention(x, &g, w, layer: layer)
                x = try layers.feedForward(x, &g, w, layer: layer)
            }
            return x
        }

        func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            try g.norm(x, layers.norm, w.scoped("dec"), "output_norm")
        }

        /// Files whose output is tied have the first T5's scale in front of it, `hiddenSize^-0.5`.
        func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            if w.has("output.weight") { return try g.nextTokenHead(x, w) }
            let scaled = try g.checked(w) { g throws(GraphError) in
                g.scale(x, by: 1 / Float(hiddenSize).squareRoot())
            }
            return try g.nextTokenHead(scaled, w)
        }

        func storeCrossKeyValues(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) {
            for layer in 0..<sizes.layers {
                try g.storeCrossKeyValues(x, w.scoped("dec.blk.\(layer)"), sizes.heads, layer: layer)
            }
        }
    }
}

/// The parts of a layer, each with its norm before it and its input added behind it: the shape of `x`.
struct T5Layers {
    let sizes: TransformerSizes
    let norm: Norm
    let buckets: Int
    /// Distances from here on share a bucket.
    static let maxDistance = 128

    func selfAttention(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, layer: Int, isEncoder: Bool
    ) throws(ModelError) -> Node {
        let block = w.scoped("blk.\(layer)")
        // A layer without a bias of its own has the first one's.
        let bias = try (block.has("attn_rel_b.weight") ? block : w.scoped("blk.0"))
            .matrix("attn_rel_b.weight", rows: buckets, columns: sizes.heads.queries)
        let qkv = try g.queryKeyValue(g.norm(x, norm, block, "attn_norm"), block, sizes.heads)
        let attended = try g.checked(w) { g throws(GraphError) in
            try g.attention(
                qkv.query, isEncoder ? .batch(qkv.keyValues) : .cache(layer: layer, append: qkv.keyValues),
                sizes.heads, mask: isEncoder ? .bidirectional : .causal,
                bias: .relative(bias, bidirectional: isEncoder, maxDistance: Self.maxDistance), scale: 1)
        }
        return try g.add(x, g.linear(attended, block, "attn_o", size: sizes.hiddenSize), w)
    }

    func crossAttention(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, layer: Int
    ) throws(ModelError) -> Node {
        let w = w.scoped("blk.\(layer)")
        let heads = sizes.heads
        let query = try g.linear(
            g.norm(x, norm, w, "cross_attn_norm"), w, "cross_attn_q", size: heads.queries * heads.keyDimension)
        let attended = try g.checked(w) { g throws(GraphError) in
            try g.attention(query, .cross(layer: layer), heads, mask: .bidirectional, scale: 1)
        }
        return try g.add(x, g.linear(attended, w, "cross_attn_o", size: sizes.hiddenSize), w)
    }

    func feedForward(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, layer: Int
    ) throws(ModelError) -> Node {
        let w = w.scoped("blk.\(layer)")
        let normed = try g.norm(x, norm, w, "ffn_norm")
        let size = sizes.feedForwardSize
        let result =
            w.has("ffn_gate.weight")
            ? try g.gatedFeedForward(normed, w, size: size, .geluTanh) : try g.feedForward(normed, w, size: size, .relu)
        return try g.add(x, result, w)
    }
}
