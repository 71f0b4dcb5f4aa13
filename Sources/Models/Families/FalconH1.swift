internal import Graph
internal import Tensors

/// Falcon-H1: Llama with a selective state space by heads beside the attention of each layer. The constants of its
/// parametrization are part of the file's weights.
///
/// Source: arXiv:2507.22448 §2. Tensors: `token_embd`, `blk.N.*` (`ffn_norm` without a suffix), `output_norm`, `output` (or
/// tied).
struct FalconH1: ModelFamily, NormedTransformer {
    static let architectures = ["falcon-h1"]
    let sizes: TransformerSizes
    let stateSpace: HeadStateSpaceSizes
    let norm: Norm
    let rope: RotaryParameters
    let scores: AttentionScores

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        stateSpace = try HeadStateSpaceSizes(h)
        norm = try Norm(.rms, h)
        let dimension = sizes.heads.keyDimension
        rope = try RotaryParameters(h, headDimension: dimension, pairing: .neox)
        let scale = try h.float("attention.scale", default: 0)
        scores = scale == 0 ? AttentionScores(dimension: dimension) : AttentionScores(scale: scale)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let qkv = try g.queryKeyValue(normed, w, sizes.heads)
            let attention = try g.rotaryAttention(qkv, rotation, w, sizes, layer: layer, scores)
            x = try g.add(x, g.add(attention, g.headStateSpace(normed, w, stateSpace, norm), w), w)
            x = try g.add(x, g.swiGLU(feedForwardNorm(x, &g, w), w, size: sizes.feedForwardSize), w)
        }
        return x
    }

    private func feedForwardNorm(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope
    ) throws(ModelError) -> Node {
        guard !w.has("ffn_norm.weight") else { return try g.norm(x, norm, w, "ffn_norm") }
        let weight = try w.vector("ffn_norm", count: sizes.hiddenSize)
        return try g.checked(w) { g throws(GraphError) in
            try g.norm(x, norm.kind, weight: weight, epsilon: norm.epsilon)
        }
    }
}
