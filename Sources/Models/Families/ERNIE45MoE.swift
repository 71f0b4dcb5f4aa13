internal import Graph
internal import Tensors

/// ERNIE 4.5 with experts, in some of its layers.
///
/// Source: ERNIE 4.5 technical report (Baidu, 2025) §2. Tensors: those of ``Mixture`` and of ``Llama``.
struct ERNIE45MoE: ModelFamily, NormedTransformer {
    static let architectures = ["ernie4_5-moe"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let mixture: Mixture

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .interleaved)
        mixture = try Mixture(h, ExpertParameters(h, .softmax, isNormalized: true), sizes)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
            x = try g.add(x, g.rotaryAttention(qkv, rotation, w, sizes, layer: layer), w)
            x = try g.add(x, g.mixture(g.norm(x, norm, w, "ffn_norm"), w, mixture, layer: layer), w)
        }
        return x
    }
}
