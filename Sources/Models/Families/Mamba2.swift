internal import Graph
internal import Tensors

/// Mamba-2 and Codestral Mamba: RMSNorm and a selective state space by heads in each layer, neither attention nor
/// feed-forward.
///
/// Source: arXiv:2405.21060. Tensors: `token_embd`, `blk.N.*`, `output_norm`, `output` (or tied).
struct Mamba2: ModelFamily, Stage {
    static let architectures = ["mamba2"]
    let layers: Int
    let hiddenSize: Int
    let contextLength: Int
    let sizes: HeadStateSpaceSizes
    let norm: Norm

    init(_ h: Hyperparameters) throws(ModelError) {
        layers = try h.positive("block_count")
        hiddenSize = try h.positive("embedding_length")
        contextLength = try h.positive("context_length")
        sizes = try HeadStateSpaceSizes(h)
        norm = try Norm(.rms, h)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: hiddenSize)  // [tokens, hidden]
        for layer in 0..<layers {
            let w = w.scoped("blk.\(layer)")
            x = try g.add(x, g.headStateSpace(g.norm(x, norm, w, "attn_norm"), w, sizes, norm), w)
        }
        return x
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, "output_norm")
    }
}
