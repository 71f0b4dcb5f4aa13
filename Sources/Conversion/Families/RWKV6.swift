internal import JSON

/// RWKV-6.
///
/// Source: `Rwkv6ForCausalLM` of huggingface.co/RWKV/v6-Finch-1B6-HF; llama.cpp's `conversion/rwkv.py`.
struct RWKV6: Family {
    static let classes = ["Rwkv6ForCausalLM"]
    static let prefixes = ["rwkv."]
    private static let mixes = ["w", "k", "v", "r", "g"]
    let architecture = "rwkv6"
    let layers: Int
    let heads = 0
    let keyValueHeads = 0
    let vocabularySize: Int
    let tokenizer = TokenizerDefaults()
    private let hiddenSize: Int
    private let feedForwardSize: Int
    private let headDimension: Int
    private let epsilon: Double
    /// Layers after which the stream is halved; 0: none.
    private let rescaleInterval: Int
    private let mixRank: Int
    private let decayRank: Int

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        layers = try c.size("num_hidden_layers")
        hiddenSize = try c.size("hidden_size")
        vocabularySize = try c.size("vocab_size")
        headDimension = try c.size("head_size", default: 64)
        feedForwardSize = try c.size(
            "intermediate_size", default: max(1, Int(Double(hiddenSize) * 3.5) / 32 * 32))
        epsilon = try c.number("layer_norm_epsilon", default: 1e-5)
        rescaleInterval = try c.index("rescale_every", default: 6)
        guard hiddenSize % headDimension == 0 else { throw c.wrong("head_size", "a divisor of \(hiddenSize)") }
        guard try c.size("attention_hidden_size", default: hiddenSize) == hiddenSize else {
            throw c.unsupported("an attention_hidden_size other than the hidden_size")
        }
        guard rescaleInterval == 0 || layers / rescaleInterval < 100 else {
            throw c.wrong("rescale_every", "fewer than 100 times in \(layers) layers")
        }
        // No setting says these.
        mixRank = hiddenSize == 4_096 ? 64 : 32
        decayRank = hiddenSize == 4_096 ? 128 : 64
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("context_length", size: RWKV7.contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("block_count", size: layers)
        keys.set("attention.layer_norm_epsilon", Float(epsilon))
        keys.set("rescale_every_n_layers", size: rescaleInterval)
        keys.set("wkv.head_size", size: headDimension)
        keys.set("time_mix_extra_dim", size: mixRank)
        keys.set("time_decay_extra_dim", size: decayRank)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: 0)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = hiddenSize
        try t.add("token_embd.weight", from: "embeddings.weight", [vocabularySize, size])
        try t.norm("token_embd_norm", from: "blocks.0.pre_ln", size: size, hasBias: true)
        for layer in 0..<layers {
            let from = "blocks.\(layer)."
            let to = "blk.\(layer)."
            // What is written into a stream that was halved is halved, too.
            let halvings = rescaleInterval > 0 ? layer / rescaleInterval : 0
            let change =
                halvings == 0 ? nil : ValueChange.times(Float(sign: .plus, exponent: -halvings, significand: 1))
            try t.norm(to + "attn_norm", from: from + "ln1", size: size, hasBias: true)
            try t.norm(to + "attn_norm_2", from: from + "ln2", size: size, hasBias: true)
            try mapTimeMix(&t, from + "attention.", to, change)
            let other = from + "feed_forward."
            for name in ["k", "r"] {
                try t.add(
                    "\(to)channel_mix_lerp_\(name).weight", from: "\(other)time_maa_\(name)", [1, 1, size], as: [size])
            }
            try t.linear(to + "channel_mix_key", from: other + "key", rows: feedForwardSize, columns: size)
            try t.linear(to + "channel_mix_receptance", from: other + "receptance", rows: size, columns: size)
            try t.add(
                to + "channel_mix_value.weight", from: other + "value.weight", [size, feedForwardSize], change: change)
        }
        try t.norm("output_norm", from: "ln_out", size: size, hasBias: true)
        try t.add("output.weight", from: "head.weight", [vocabularySize, size])
    }

    private func mapTimeMix(
        _ t: inout TensorMap, _ from: String, _ to: String, _ change: ValueChange?
    ) throws(ConversionError) {
        let (size, count) = (hiddenSize, Self.mixes.count)
        try t.add(to + "time_mix_lerp_x.weight", from: from + "time_maa_x", [1, 1, size], as: [size])
        try t.add(
            to + "time_mix_lerp_fused.weight", joining: Self.mixes.map { from + "time_maa_" + $0 }, [1, 1, size])
        try t.add(
            to + "time_mix_w1.weight", from: from + "time_maa_w1", [size, count * mixRank], order: .transposed)
        let part = MatrixPart(matrices: count, rows: size, columns: mixRank, isTransposed: true)
        try t.add(
            to + "time_mix_w2.weight", from: from + "time_maa_w2", [count, mixRank, size], order: .matrices(part))
        try t.add(to + "time_mix_decay.weight", from: from + "time_decay", [1, 1, size], as: [size])
        try t.add(
            to + "time_mix_decay_w1.weight", from: from + "time_decay_w1", [size, decayRank], order: .transposed)
        try t.add(
            to + "time_mix_decay_w2.weight", from: from + "time_decay_w2", [decayRank, size], order: .transposed)
        try t.add(
            to + "time_mix_first.weight", from: from + "time_faaaa", [size / headDimension, headDimension])
        for name in ["receptance", "key", "value", "gate"] {
            try t.linear(to + "time_mix_" + name, from: from + name, rows: size, columns: size)
        }
        try t.add(to + "time_mix_output.weight", from: from + "output.weight", [size, size], change: change)
        try t.norm(to + "time_mix_ln", from: from + "ln_x", size: size, hasBias: true)
    }
}
