internal import Graph
internal import Tensors

/// Mamba and FalconMamba: RMSNorm and a selective state space in each layer, neither attention nor feed-forward.
///
/// Source: arXiv:2312.00752 §3.4; arXiv:2410.05355 (norms of step, B and C). Tensors: `token_embd`, `blk.N.*`,
/// `output_norm`, `output` (or tied).
struct Mamba: ModelFamily, Stage {
    static let architectures = ["mamba"]
    let layers: Int
    let hiddenSize: Int
    let contextLength: Int
    let sizes: StateSpaceSizes
    let norm: Norm
    /// Of the step, B and C of a token; nil: none.
    let parameterNorm: Norm?

    init(_ h: Hyperparameters) throws(ModelError) {
        layers = try h.positive("block_count")
        hiddenSize = try h.positive("embedding_length")
        contextLength = try h.positive("context_length")
        sizes = try StateSpaceSizes(h)
        norm = try Norm(.rms, h)
        let normsParameters = try h.bool("ssm.dt_b_c_rms", default: false)
        parameterNorm =
            normsParameters
            ? try Norm(.rms, h, epsilonKey: "ssm.dt_b_c_rms_epsilon", defaultEpsilon: norm.epsilon) : nil
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: hiddenSize)  // [tokens, hidden]
        for layer in 0..<layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            x = try g.add(x, g.stateSpace(normed, w, sizes, parameterNorm: parameterNorm), w)
        }
        return x
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, "output_norm")
    }
}
