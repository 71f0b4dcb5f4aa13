internal import Graph
internal import Tensors

/// Ministral 3 and Mistral Small 3.1: Llama whose queries grow with the logarithm of their position, beyond the context
/// trained with at first.
///
/// Source: arXiv:2601.08584. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output` (or tied). The rotation is YaRN with
/// all of its settings.
struct Mistral3: ModelFamily, NormedTransformer {
    static let architectures = ["mistral3"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    /// Of the logarithm; 0: queries are as they are.
    let temperature: Float

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        // Files of this architecture have the rows of attn_q and attn_k permuted for neighbouring pairs.
        rope = try RotaryParameters(
            h, headDimension: sizes.heads.keyDimension, pairing: .interleaved, readsYaRN: true)
        temperature = try h.float("attention.temperature_scale", default: 0)
        guard try h.count("expert_count", default: 0) == 0 else {
            throw h.unsupported("a mixture of experts of this architecture")
        }
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            var qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            qkv = try g.rope(qkv, rotation, w, sizes.heads)
            if temperature != 0 { qkv.query = try scaled(qkv.query, &g, w) }
            x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer), w)
            x = try g.add(x, g.swiGLU(g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize), w)
        }
        return x
    }

    private func scaled(_ query: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.checked(w) { g throws(GraphError) in
            try g.scaleByPosition(query, coefficient: Double(temperature), length: rope.long.originalLength)
        }
    }
}
