internal import Graph
internal import Tensors

/// NeoBERT: pre-norm encoder, RMSNorm, rotary positions of neighbouring columns, SwiGLU, no biases.
///
/// Source: arXiv:2502.19587 §3, and its published code: `attn_qkv` has query, key and value of one head after the other, which
/// files keep as they are; llama.cpp reads all queries first. Tensors: `token_embd`, `blk.N.*`, an `ffn_up` of both the gate
/// (its first half) and what it opens, `enc.output_norm`.
struct NeoBERT: ModelFamily, Transformer {
    static let architectures = ["neo-bert"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.rope(
                queryKeyValue(g.norm(x, norm, w, "attn_norm"), &g, w), rotation, w, sizes.heads)
            x = try g.add(x, g.batchAttention(qkv, .bidirectional, w, sizes), w)
            let feedForward = try g.packedGLU(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .silu)
            x = try g.add(x, feedForward, w)
        }
        return x
    }

    private func queryKeyValue(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope
    ) throws(ModelError) -> QueryKeyValue {
        let (heads, size) = (sizes.heads.queries, sizes.heads.keyDimension)
        let fused = try g.linear(x, w, "attn_qkv", size: 3 * heads * size)
        func part(_ index: Int, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            try g.checked(w) { g throws(GraphError) in
                try g.joinHeads(
                    heads, HeadColumns(fused, headDimension: 3 * size, columns: index * size..<(index + 1) * size))
            }
        }
        return QueryKeyValue(query: try part(0, &g), key: try part(1, &g), value: try part(2, &g))
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, "enc.output_norm")
    }
}
