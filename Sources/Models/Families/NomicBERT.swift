internal import Graph
internal import Tensors

/// Nomic Embed: BERT with rotary positions, SwiGLU and no biases but the norms'. Nomic Embed 2 has GELU and biases, and in some
/// layers experts without a gate in place of the feed-forward.
///
/// Source: arXiv:2402.01613 §3; arXiv:2502.07972 §3. Tensors: `token_embd`, `token_types`, `token_embd_norm`, `blk.N.*` with a
/// fused `attn_qkv` and `ffn_gate`, or with experts `ffn_gate_inp`, `ffn_up_exps`, `ffn_down_exps` and `ffn_exps.bias`, which
/// llama.cpp's converter leaves out.
struct NomicBERT: ModelFamily, Transformer {
    static let architectures = ["nomic-bert", "nomic-bert-moe"]
    static func kind(of architecture: String) -> ModelKind { .encoder }
    let role = StageRole.encoder
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    /// Nil: feed-forwards are SwiGLU, and no layer has experts.
    let experts: ExpertParameters?
    /// Of each period of layers, the second has experts; 0: none has.
    let expertPeriod: Int

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        norm = try Norm(.layer, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        experts = h.architecture == "nomic-bert" ? nil : try Self.experts(h, sizes)
        expertPeriod = try h.count("moe_every_n_layers", default: 0)
    }

    private static func experts(_ h: Hyperparameters, _ sizes: TransformerSizes) throws(ModelError) -> ExpertParameters
    {
        var experts = try ExpertParameters(h, .softmax, isNormalized: false, defaultSize: sizes.feedForwardSize)
        experts.activation = .plain(.gelu)
        return experts
    }

    func traits(_ w: TensorScope) -> ModelTraits { ModelTraits(headNorm: norm) }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding = try g.segmentedEmbedding(w, hiddenSize: sizes.hiddenSize)
        var x = try g.norm(embedding, norm, w, "token_embd_norm")  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let qkv = try g.rope(g.queryKeyValue(x, w, sizes.heads), rotation, w, sizes.heads)
            let attention = try g.batchAttention(qkv, .bidirectional, w, sizes)
            x = try g.norm(g.add(x, attention, w), norm, w, "attn_output_norm")
            x = try g.norm(g.add(x, feedForward(x, &g, w, layer), w), norm, w, "layer_output_norm")
        }
        return x
    }

    private func feedForward(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, _ layer: Int
    ) throws(ModelError) -> Node {
        guard let experts else { return try g.swiGLU(x, w, size: sizes.feedForwardSize) }
        guard expertPeriod > 0, layer % expertPeriod == 1 else {
            return try g.feedForward(x, w, size: sizes.feedForwardSize, .gelu)
        }
        let logits = try g.linear(x, w, "ffn_gate_inp", size: experts.count)
        return try g.plainExperts(x, w, experts, logits: logits)
    }
}
