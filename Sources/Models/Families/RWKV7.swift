internal import Graph
internal import Tensors

/// RWKV-7 "Goose": linear attention that replaces what a key reads, at a rate of each column, and a feed-forward, both of rows
/// mixed with the ones before them; values are mixed with those of the first layer.
///
/// Source: arXiv:2503.14456 §4; llama.cpp's `rwkv7.cpp`. Keys: `wkv.head_size`,
/// `attention.{decay,iclr,value_residual_mix,gate}_lora_rank`. Tensors: `token_embd`, `token_embd_norm`,
/// `blk.N.{attn_norm,attn_norm_2,time_mix_*,channel_mix_*}`, `output_norm`, `output`; `time_mix_lerp_fused` holds the mixes of r,
/// w, k, v, a and g.
struct RWKV7: ModelFamily, Stage {
    static let architectures = ["rwkv7"]
    private static let mixes = 6
    /// The logarithm of the fastest decay, -exp(-1 / 2).
    private static let fastestDecay: Float = -0.606_530_66
    let sizes: RWKVSizes
    let norm: Norm
    let decayRank: Int
    let rateRank: Int
    let valueRank: Int
    let gateRank: Int

    var hiddenSize: Int { sizes.hiddenSize }
    var contextLength: Int { sizes.contextLength }

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try RWKVSizes(h)
        norm = try Norm(.layer, h)
        decayRank = try h.positive("attention.decay_lora_rank")
        rateRank = try h.positive("attention.iclr_lora_rank")
        valueRank = try h.positive("attention.value_residual_mix_lora_rank")
        gateRank = try h.positive("attention.gate_lora_rank")
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.norm(g.tokenEmbedding(w, hiddenSize: hiddenSize), norm, w, "token_embd_norm")  // [tokens, hidden]
        var firstValue: Node?
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            x = try g.add(x, timeMix(g.shifted(x, norm, w, "attn_norm"), &firstValue, &g, w), w)
            x = try g.add(x, channelMix(g.shifted(x, norm, w, "attn_norm_2"), &g, w), w)
        }
        return x
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, "output_norm")
    }

    private func timeMix(
        _ x: ShiftedRows, _ firstValue: inout Node?, _ g: inout GraphBuilder, _ w: TensorScope
    ) throws(ModelError) -> Node {
        let amounts = try w.vectors("time_mix_lerp_fused.weight", count: Self.mixes, columns: hiddenSize)
        var mixed: [Node] = []
        for amount in amounts { mixed.append(try g.mix(x, amount, w)) }
        let receptance = try g.linear(mixed[0], w, "time_mix_receptance", size: hiddenSize)
        let speed = try g.lowRank(mixed[1], w, "time_mix_w", rank: decayRank, .tanh, offset: "time_mix_w0")
        let decay = g.activate(g.scale(g.activate(speed, .sigmoid), by: Self.fastestDecay), .exponential)
        let plainKey = try g.linear(mixed[2], w, "time_mix_key", size: hiddenSize)
        let value = try self.value(mixed[3], &firstValue, &g, w)
        let rate = try g.activate(
            g.lowRank(mixed[4], w, "time_mix_a", rank: rateRank, nil, offset: "time_mix_a0"), .sigmoid)
        let gate = try g.lowRank(mixed[5], w, "time_mix_g", rank: gateRank, .sigmoid)
        let (key, removal) = try keys(plainKey, rate, &g, w)
        let bonus = try w.vector("time_mix_r_k.weight", count: hiddenSize)
        let read = try g.checked(w) { g throws(GraphError) in
            try g.wkv(
                receptance: receptance, decay: decay, key: key, value: value, removal: removal,
                headDimension: sizes.headDimension)
        }
        let normed = try g.headLayerNorm(read, w, headDimension: sizes.headDimension)
        let own = try g.checked(w) { g throws(GraphError) in
            try g.headBonus(
                receptance: receptance, key: key, bonus, value: value, headDimension: sizes.headDimension)
        }
        let gated = try g.checked(w) { g throws(GraphError) in try g.multiply(g.add(normed, own), gate) }
        return try g.linear(gated, w, "time_mix_output", size: hiddenSize)
    }

    /// Values, of all layers but the first a part of the way to that one's.
    private func value(
        _ x: Node, _ firstValue: inout Node?, _ g: inout GraphBuilder, _ w: TensorScope
    ) throws(ModelError) -> Node {
        let value = try g.linear(x, w, "time_mix_value", size: hiddenSize)
        guard let first = firstValue else {
            firstValue = value
            return value
        }
        let part = try g.activate(
            g.lowRank(x, w, "time_mix_v", rank: valueRank, nil, offset: "time_mix_v0"), .sigmoid)
        return try g.checked(w) { g throws(GraphError) in
            try g.add(value, g.multiply(part, g.add(first, g.scale(value, by: -1))))
        }
    }

    /// Keys of what is written, times `1 + (rate - 1) * time_mix_k_a`, and of what is removed: of unit length in each head.
    private func keys(
        _ key: Node, _ rate: Node, _ g: inout GraphBuilder, _ w: TensorScope
    ) throws(ModelError) -> (key: Node, removal: WKVRemoval) {
        let size = Float(sizes.headDimension)
        let direction = try g.scaleColumns(key, w, "time_mix_k_k.weight")
        let removal = try g.checked(w) { g throws(GraphError) in
            let unit = try g.normHeads(
                direction, .rms, headDimension: sizes.headDimension, epsilon: 1e-24 / size)
            return g.scale(unit, by: 1 / size.squareRoot())
        }
        let replacement = try g.checked(w) { g throws(GraphError) in try g.multiply(removal, rate) }
        let scaled = try g.scaleColumns(key, w, "time_mix_k_a.weight")
        let written = try g.checked(w) { g throws(GraphError) in
            try g.add(key, g.add(g.multiply(rate, scaled), g.scale(scaled, by: -1)))
        }
        return (written, WKVRemoval(removal, replacement: replacement))
    }

    private func channelMix(_ x: ShiftedRows, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let mixed = try g.mix(x, w.vector("channel_mix_lerp_k.weight", count: hiddenSize), w)
        let key = try g.activate(
            g.linear(mixed, w, "channel_mix_key", size: sizes.feedForwardSize), .reluSquared)
        return try g.linear(key, w, "channel_mix_value", size: hiddenSize)
    }
}
