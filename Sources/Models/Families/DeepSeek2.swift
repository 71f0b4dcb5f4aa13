internal import Graph
internal import Tensors

/// DeepSeek-V2, V3 and R1, GLM-4.7-Flash, Kanana-2: latent attention, and experts that are chosen group by group.
///
/// Source: arXiv:2405.04434 §2; arXiv:2412.19437 §2.1. Tensors: `token_embd`, `blk.N.*` with those of ``LatentAttention`` and
/// ``Mixture``, `output_norm`, `output`.
struct DeepSeek2: ModelFamily, NormedTransformer {
    static let architectures = ["deepseek2"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let attention: LatentAttention
    let mixture: Mixture

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        var rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        var scoreFactor: Float = 1
        if case .yarn(var yarn) = rope.scaling {
            // A tenth of what the paper's code calls mscale_all_dim, which its mscale is equal to.
            let multiplier = Double(try h.float("rope.scaling.yarn_log_multiplier", default: 0)) * 10
            (yarn.mscale, yarn.mscaleAllDimensions) = multiplier == 0 ? (1, 0) : (multiplier, multiplier)
            let magnitude = Float(1 + multiplier * 0.1 * yarn.logarithm)
            scoreFactor = magnitude * magnitude
            rope.scaling = .yarn(yarn)
        }
        self.rope = rope
        attention = try LatentAttention(h, sizes, rotated: rope.rotated, scoreFactor: scoreFactor)
        // The first files of GLM-4.7-Flash do not say how it scores experts.
        let vocabularySize = try h.count("vocab_size", default: 0)
        let isGLM = (47...48).contains(sizes.layers) && vocabularySize == 154_880
        mixture = try Mixture(h, ExpertParameters(chosenBy: h, default: isGLM ? .sigmoid : .softmax), sizes)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            x = try g.add(x, g.latentAttention(normed, w, attention, norm, rotation, layer: layer), w)
            x = try g.add(x, g.mixture(g.norm(x, norm, w, "ffn_norm"), w, mixture, layer: layer), w)
        }
        return x
    }
}
