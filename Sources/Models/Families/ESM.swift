internal import Graph
internal import Tensors

/// ESM-2: an encoder of proteins, a token for each residue. Pre-norm, LayerNorm, rotary positions, GELU, biases everywhere.
///
/// Source: Lin et al., Science 379 (2023), supplement §A.1; `modeling_esm.py` of `transformers`. Keys: `token_dropout` (masks
/// are left out, and the other embeddings scaled by what training left out), `mask_token_id`. Tensors: `token_embd`,
/// `token_embd_norm` (of few), `blk.N.*`, `output_norm`.
struct ESM: ModelFamily, NormedTransformer {
    static let architectures = ["esm"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    /// Left out of embeddings; nil: none is.
    let mask: Int32?
    /// The share of tokens that training kept: 15 % were chosen, 80 % of these left out.
    private static let kept: Float = 1 - 0.15 * 0.8

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        mask =
            try h.bool("token_dropout", default: false)
            ? Int32(truncatingIfNeeded: try h.count("mask_token_id")) : nil
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        if let mask {
            let embedding = x
            x = try g.checked(w) { g throws(GraphError) in
                try g.tokenDropout(embedding, mask: mask, kept: Self.kept)
            }
        }
        if w.has("token_embd_norm.weight") { x = try g.norm(x, norm, w, "token_embd_norm") }
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.rope(
                g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads), rotation, w, sizes.heads)
            x = try g.add(x, g.batchAttention(qkv, .bidirectional, w, sizes), w)
            let feedForward = try g.feedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .gelu)
            x = try g.add(x, feedForward, w)
        }
        return x
    }
}
