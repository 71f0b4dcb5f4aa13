internal import Graph
internal import Tensors

/// Qwen3-Next: three of four layers are gated delta nets, the others gated attention, where a part of each head rotates;
/// experts and a shared one in all.
///
/// Source: Qwen, "Qwen3-Next" (2025); arXiv:2412.06464; `transformers`' `modeling_qwen3_next.py`. Tensors: `token_embd`,
/// `blk.N.*`, `output_norm`, `output` (or tied). Both kinds of layers have `attn_norm` and `post_attention_norm`;
/// `ssm_ba` has the rows of each key head's value heads: beta, then alpha.
struct Qwen3Next: ModelFamily, NormedTransformer {
    static let architectures = ["qwen3next"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let linearLayers: LinearLayers
    let deltaNet: DeltaNetSizes
    let experts: ExpertParameters
    let sharedSize: Int

    init(_ h: Hyperparameters) throws(ModelError) {
        experts = try ExpertParameters(h, .softmax, isNormalized: true)
        sizes = try TransformerSizes(h, defaultFeedForward: experts.feedForwardSize)
        norm = try Norm(.rms, h)
        rope = try RotaryParameters(h, headDimension: sizes.heads.keyDimension, pairing: .neox)
        linearLayers = try LinearLayers(h)
        deltaNet = try DeltaNetSizes(h)
        sharedSize = try h.positive("expert_shared_feed_forward_length", default: sizes.feedForwardSize)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.tokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let rotation = try g.rotation(rope, w)
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let normed = try g.norm(x, norm, w, "attn_norm")
            let mixed =
                linearLayers.contains(layer)
                ? try g.gatedDeltaNet(normed, gates: gates(normed, &g, w), w, deltaNet, .grouped, norm)
                : try g.gatedAttention(normed, norm, rotation, w, sizes, layer: layer)
            x = try g.add(x, mixed, w)
            let second = try g.norm(x, norm, w, "post_attention_norm")
            let shared = try g.sharedExpert(second, w, size: sharedSize)
            x = try g.add(x, g.add(g.experts(second, w, experts), shared, w), w)
        }
        return x
    }

    private func gates(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope
    ) throws(ModelError) -> (alpha: Node, beta: Node) {
        if w.has("ssm_in.weight") {
            throw w.unsupported("a delta net in one matrix, as in \(w.name("ssm_in.weight")): convert the model again")
        }
        let both = try g.linear(x, w, "ssm_ba", size: 2 * deltaNet.valueHeads)
        let count = deltaNet.valueHeads / deltaNet.keyHeads
        func part(_ columns: Range<Int>, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            try g.checked(w) { g throws(GraphError) in
                try g.joinHeads(deltaNet.keyHeads, HeadColumns(both, headDimension: 2 * count, columns: columns))
            }
        }
        return (try part(count..<2 * count, &g), try part(0..<count, &g))
    }
}
