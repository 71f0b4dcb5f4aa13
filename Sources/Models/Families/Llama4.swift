internal import Graph
internal import Tensors

/// Llama 4: three of four layers rotate and see chunks of the text, the others see all of it without a rotation; each token has
/// one expert, whose weight multiplies what it reads.
///
/// Source: Meta, "The Llama 4 herd" (2025); `transformers`' `modeling_llama4.py`. Tensors: those of ``Mixture`` and of ``Llama``.
struct Llama4: ModelFamily, NormedTransformer {
    static let architectures = ["llama4"]
    static let period = 4
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let mixture: Mixture
    /// Positions of a chunk; nil: every layer rotates and sees all.
    let chunkLength: Int?
    /// Of queries that do not rotate, see ``GraphBuilder/scaleByPosition(_:coefficient:length:offset:)``.
    let temperature: (coefficient: Float, length: Int)

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        mixture = try Mixture(h, ExpertParameters(h, .sigmoid, isNormalized: false), sizes, hasSharedExpert: true)
        guard mixture.experts.router.used == 1 else {
            throw h.wrong("expert_used_count", "\(mixture.experts.router.used)", "1")
        }
        let chunk = try h.count("attention.sliding_window", default: 8_192)
        chunkLength = chunk == 0 ? nil : chunk
        temperature = (
            try h.float("attention.temperature_scale", default: 0.1),
            try h.positive("attention.temperature_length", default: 8_192)
        )
    }

    /// Whether heads of query and key are normalized; no key says so, and models of 128 experts alone have no such norms.
    private var normalizesHeads: Bool { mixture.experts.count != 128 }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            var mask = AttentionMask.causal
            if chunkLength != nil, (layer + 1) % Self.period == 0 {
                qkv.query = try temper(qkv.query, &g, w)
            } else {
                qkv = try g.rope(qkv, rotation, w, sizes.heads)
                if normalizesHeads { qkv = try normalized(qkv, &g, w) }
                if let chunkLength { mask = .chunked(length: chunkLength) }
            }
            x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer, mask: mask), w)
            let normed = try g.norm(x, norm, w, "ffn_norm")
            x = try g.add(x, g.mixture(normed, w, mixture, layer: layer, weightsInput: true), w)
        }
        return x
    }

    private func temper(_ query: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.checked(w) { g throws(GraphError) in
            try g.scaleByPosition(
                query, coefficient: Double(temperature.coefficient), length: temperature.length, offset: 1)
        }
    }

    private func normalized(
        _ qkv: QueryKeyValue, _ g: inout GraphBuilder, _ w: TensorScope
    ) throws(ModelError) -> QueryKeyValue {
        func norm(_ x: Node, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            try g.checked(w) { g throws(GraphError) in
                try g.normHeads(
                    x, .rms, headDimension: sizes.heads.keyDimension, epsilon: self.norm.epsilon)
            }
        }
        return QueryKeyValue(query: try norm(qkv.query, &g), key: try norm(qkv.key, &g), value: qkv.value)
    }
}
