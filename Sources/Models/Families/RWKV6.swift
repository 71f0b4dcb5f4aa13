internal import Graph
internal import Tensors

/// RWKV-6 "Finch": linear attention whose decay depends on the token, and a gated feed-forward, both of rows mixed with the ones
/// before them.
///
/// Source: arXiv:2404.05892 §4; llama.cpp's `rwkv6.cpp`. Keys: `wkv.head_size`, `time_mix_extra_dim`, `time_decay_extra_dim`,
/// `rescale_every_n_layers`. Tensors: `token_embd`, `token_embd_norm`, `blk.N.{attn_norm,attn_norm_2,time_mix_*,channel_mix_*}`,
/// `output_norm`, `output`; `time_mix_lerp_fused` holds the mixes of w, k, v, r and g.
struct RWKV6: ModelFamily, Stage {
    static let architectures = ["rwkv6"]
    private static let mixes = ["w", "k", "v", "r", "g"]
    let sizes: RWKVSizes
    let norm: Norm
    /// Columns of each mix's matrix of low rank.
    let mixRank: Int
    let decayRank: Int
    /// Layers after which the stream is halved, which the weights make up for; 0: none.
    let rescaleInterval: Int

    var hiddenSize: Int { sizes.hiddenSize }
    var contextLength: Int { sizes.contextLength }

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try RWKVSizes(h)
        norm = try Norm(.layer, h)
        mixRank = try h.positive("time_mix_extra_dim")
        guard mixRank <= Hyperparameters.maxSize / Self.mixes.count else {
            throw h.wrong("time_mix_extra_dim", "\(mixRank)", "a rank whose \(Self.mixes.count) matrices have a size")
        }
        decayRank = try h.positive("time_decay_extra_dim")
        rescaleInterval = try h.count("rescale_every_n_layers", default: 0)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.norm(g.tokenEmbedding(w, hiddenSize: hiddenSize), norm, w, "token_embd_norm")  // [tokens, hidden]
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            x = try g.add(x, timeMix(g.shifted(x, norm, w, "attn_norm"), &g, w), w)
            x = try g.add(x, channelMix(g.shifted(x, norm, w, "attn_norm_2"), &g, w), w)
            if rescaleInterval > 0, (layer + 1) % rescaleInterval == 0 { x = g.scale(x, by: 0.5) }
        }
        return x
    }

    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, "output_norm")
    }

    private func timeMix(_ x: ShiftedRows, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let mixed = try mixes(x, &g, w)
        let receptance = try g.linear(mixed[3], w, "time_mix_receptance", size: hiddenSize)
        let key = try g.linear(mixed[1], w, "time_mix_key", size: hiddenSize)
        let value = try g.linear(mixed[2], w, "time_mix_value", size: hiddenSize)
        let gate = try g.activate(g.linear(mixed[4], w, "time_mix_gate", size: hiddenSize), .silu)
        let rate = try g.lowRank(mixed[0], w, "time_mix_decay_w", rank: decayRank, .tanh, offset: "time_mix_decay")
        let decay = g.activate(g.scale(g.activate(rate, .exponential), by: -1), .exponential)
        let bonus = try w.vector(
            "time_mix_first.weight", rows: hiddenSize / sizes.headDimension, columns: sizes.headDimension)
        let read = try g.checked(w) { g throws(GraphError) in
            try g.add(
                g.wkv(
                    receptance: receptance, decay: decay, key: key, value: value, headDimension: sizes.headDimension),
                g.headBonus(
                    receptance: receptance, key: key, bonus, value: value, headDimension: sizes.headDimension))
        }
        let normed = try g.headLayerNorm(read, w, headDimension: sizes.headDimension)
        let gated = try g.checked(w) { g throws(GraphError) in try g.multiply(gate, normed) }
        return try g.linear(gated, w, "time_mix_output", size: hiddenSize)
    }

    /// What decay, key, value, receptance and gate are computed from: rows mixed by an amount that depends on them.
    private func mixes(_ x: ShiftedRows, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> [Node] {
        let first = try g.mix(x, w.vector("time_mix_lerp_x.weight", count: hiddenSize), w)
        let inner = try g.activate(
            g.linear(first, w, "time_mix_w1", size: Self.mixes.count * mixRank), .tanh)  // [tokens, mixes * rank]
        let all = try w.expertMatrix(
            "time_mix_w2.weight", experts: Self.mixes.count, rows: hiddenSize, columns: mixRank)
        let offsets = try mixOffsets(w)
        var mixed: [Node] = []
        for (index, offset) in offsets.enumerated() {
            let part = try g.checked(w) { g throws(GraphError) in
                try g.slice(inner, index * mixRank..<(index + 1) * mixRank)
            }
            let own = Linear(weights: all, bias: nil).rows(index * hiddenSize..<(index + 1) * hiddenSize)
            mixed.append(try g.mix(x, g.linear(part, Linear(weights: own.weights, bias: offset), w), w))
        }
        return mixed
    }

    /// One tensor, or in old files one for each mix.
    private func mixOffsets(_ w: TensorScope) throws(ModelError) -> [NamedVector] {
        if w.has("time_mix_lerp_fused.weight") {
            return try w.vectors("time_mix_lerp_fused.weight", count: Self.mixes.count, columns: hiddenSize)
        }
        var offsets: [NamedVector] = []
        for name in Self.mixes { offsets.append(try w.vector("time_mix_lerp_\(name).weight", count: hiddenSize)) }
        return offsets
    }

    private func channelMix(_ x: ShiftedRows, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let forKey = try g.mix(x, w.vector("channel_mix_lerp_k.weight", count: hiddenSize), w)
        let forGate = try g.mix(x, w.vector("channel_mix_lerp_r.weight", count: hiddenSize), w)
        let key = try g.activate(
            g.linear(forKey, w, "channel_mix_key", size: sizes.feedForwardSize), .reluSquared)
        let value = try g.linear(key, w, "channel_mix_value", size: hiddenSize)
        let gate = try g.activate(g.linear(forGate, w, "channel_mix_receptance", size: hiddenSize), .sigmoid)
        return try g.checked(w) { g throws(GraphError) in try g.multiply(gate, value) }
    }
}
