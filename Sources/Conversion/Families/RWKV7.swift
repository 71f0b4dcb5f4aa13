internal import JSON

/// RWKV-7, as `flash-linear-attention` stores it.
///
/// Source: `RWKV7ForCausalLM` of `fla-org/flash-linear-attention`; llama.cpp's `conversion/rwkv.py`.
struct RWKV7: Family {
    static let classes = ["RWKV7ForCausalLM"]
    static let prefixes = ["model."]
    let architecture = "rwkv7"
    let layers: Int
    let heads = 0
    let keyValueHeads = 0
    let vocabularySize: Int
    let tokenizer = TokenizerDefaults()
    private let hiddenSize: Int
    private let feedForwardSize: Int
    private let headDimension: Int
    private let epsilon: Double
    /// Of the matrices of decay, rate, mix of values and gate.
    private let ranks: [(name: String, key: String, size: Int)]

    /// A state has no longest text.
    static let contextLength = 1 << 20

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        layers = try c.size("num_hidden_layers")
        hiddenSize = try c.size("hidden_size")
        vocabularySize = try c.size("vocab_size")
        headDimension = try c.size("head_dim", default: 64)
        feedForwardSize = try c.size("intermediate_size", default: min(4 * hiddenSize, Int(Int32.max)))
        epsilon = try c.number("norm_eps", default: 1e-5)
        guard hiddenSize % headDimension == 0 else { throw c.wrong("head_dim", "a divisor of \(hiddenSize)") }
        guard try !c.bool("tie_word_embeddings", default: false) else {
            throw c.unsupported("tie_word_embeddings: true")
        }
        let activation = try c.string("hidden_act", default: "sqrelu")
        guard activation == "sqrelu" else { throw c.unsupported("the activation \(activation.visible)") }
        ranks = [
            ("w", "decay", try c.size("decay_low_rank_dim")), ("a", "iclr", try c.size("a_low_rank_dim")),
            ("v", "value_residual_mix", try c.size("v_low_rank_dim")), ("g", "gate", try c.size("gate_low_rank_dim")),
        ]
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("context_length", size: Self.contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("block_count", size: layers)
        keys.set("attention.layer_norm_epsilon", Float(epsilon))
        keys.set("wkv.head_size", size: headDimension)
        for rank in ranks { keys.set("attention.\(rank.key)_lora_rank", size: rank.size) }
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: 0)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = hiddenSize
        try t.add("token_embd.weight", from: "embeddings.weight", [vocabularySize, size])
        try t.norm("token_embd_norm", from: "layers.0.pre_norm", size: size, hasBias: true)
        for layer in 0..<layers {
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "attn_norm", size: size, hasBias: true)
            try t.norm(to + "attn_norm_2", from: from + "ffn_norm", size: size, hasBias: true)
            try mapTimeMix(&t, from + "attn.", to, isFirst: layer == 0)
            try vector(&t, to + "channel_mix_lerp_k.weight", from: from + "ffn.x_k")
            try t.linear(to + "channel_mix_key", from: from + "ffn.key", rows: feedForwardSize, columns: size)
            try t.linear(to + "channel_mix_value", from: from + "ffn.value", rows: size, columns: feedForwardSize)
        }
        try t.norm("output_norm", from: "norm", size: size, hasBias: true)
        try t.add("output.weight", from: "lm_head.weight", [vocabularySize, size])
    }

    private func mapTimeMix(
        _ t: inout TensorMap, _ from: String, _ to: String, isFirst: Bool
    ) throws(ConversionError) {
        let mixes = ["r", "w", "k", "v", "a", "g"].map { from + "x_" + $0 }
        let shape = t.shape(of: mixes[0]) == [hiddenSize] ? [hiddenSize] : [1, 1, hiddenSize]
        try t.add(to + "time_mix_lerp_fused.weight", joining: mixes, shape)
        for rank in ranks {
            // The first layer mixes no values, but llama.cpp wants the tensors.
            let source = from + (isFirst && rank.name == "v" ? "a" : rank.name) + "_lora.lora."
            let size = isFirst && rank.name == "v" ? ranks[1].size : rank.size
            let target = "\(to)time_mix_\(rank.name)"
            try t.add(target + "1.weight", from: source + "0.weight", [size, hiddenSize])
            try t.add(target + "2.weight", from: source + "2.weight", [hiddenSize, size])
            if rank.name != "g" { try t.add(target + "0.weight", from: source + "2.bias", [hiddenSize]) }
        }
        if isFirst { t.leaveOut { $0.hasPrefix(from + "v_lora.") } }
        for name in ["k_k", "k_a", "r_k"] { try vector(&t, "\(to)time_mix_\(name).weight", from: from + name) }
        for (name, source) in [("receptance", "r"), ("key", "k"), ("value", "v"), ("output", "o")] {
            try t.linear("\(to)time_mix_\(name)", from: "\(from)\(source)_proj", rows: hiddenSize, columns: hiddenSize)
        }
        try t.norm(to + "time_mix_ln", from: from + "g_norm", size: hiddenSize, hasBias: true)
    }

    /// A vector that may be stored with other dimensions.
    private func vector(_ t: inout TensorMap, _ name: String, from source: String) throws(ConversionError) {
        let stored = t.shape(of: source) ?? [hiddenSize]
        let known = [[1, 1, hiddenSize], [hiddenSize / headDimension, headDimension]]
        try t.add(name, from: source, known.contains(stored) ? stored : [hiddenSize], as: [hiddenSize])
    }
}
