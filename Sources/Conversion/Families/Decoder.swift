internal import GGUF

/// What Llama and its descendants have in common: RMSNorm, rotary grouped-query attention, SwiGLU; names and settings.
struct Decoder: Sendable {
    let layers: Int
    let hiddenSize: Int
    let feedForwardSize: Int
    let heads: Int
    let keyValueHeads: Int
    let headDimension: Int
    /// Whether the configuration gives the head dimension; otherwise it follows.
    let hasHeadDimension: Bool
    let vocabularySize: Int
    let contextLength: Int
    let epsilon: Double
    let rope: RotarySettings
    /// Whether logits come from the token embedding.
    let isTied: Bool

    init(_ c: Configuration, className: String) throws(ConversionError) {
        layers = try c.size("num_hidden_layers")
        hiddenSize = try c.size("hidden_size")
        feedForwardSize = try c.size("intermediate_size")
        heads = try c.size("num_attention_heads")
        keyValueHeads = try c.size("num_key_value_heads", default: heads)
        hasHeadDimension = c.has("head_dim")
        headDimension = try c.size("head_dim", default: max(1, hiddenSize / heads))
        vocabularySize = try c.size("vocab_size")
        epsilon = try c.number("rms_norm_eps", default: 1e-6)
        rope = try RotarySettings(c)
        // A class without a head has no other logits.
        isTied = try c.bool("tie_word_embeddings", default: false) || className.hasSuffix("Model")
        guard headDimension % 2 == 0 else { throw c.wrong("head_dim", "an even number") }
        guard heads % keyValueHeads == 0 else { throw c.wrong("num_key_value_heads", "a divisor of \(heads)") }
        guard hasHeadDimension || hiddenSize % heads == 0 else {
            throw c.wrong("num_attention_heads", "a divisor of \(hiddenSize)")
        }
        let activation = try c.string("hidden_act", default: "silu")
        guard activation == "silu" else { throw c.unsupported("the activation \(activation.visible)") }
        contextLength = try Self.contextLength(c)
    }

    /// Beyond its window a layer sees less than all, which files of these architectures cannot say: the context ends there.
    private static func contextLength(_ c: Configuration) throws(ConversionError) -> Int {
        let length = try c.size("max_position_embeddings", default: 2_048)
        guard c.has("sliding_window"), try c.bool("use_sliding_window", default: true) else { return length }
        return min(length, try c.size("sliding_window"))
    }

    /// The keys that all have, in the order of llama.cpp's files.
    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("block_count", size: layers)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: heads)
        keys.set("attention.head_count_kv", size: keyValueHeads)
        rope.describe(&keys)
        keys.set("attention.layer_norm_rms_epsilon", Float(epsilon))
        if hasHeadDimension {
            keys.set("attention.key_length", size: headDimension)
            keys.set("attention.value_length", size: headDimension)
        }
    }

    /// Names every tensor.
    ///
    /// - Parameters:
    ///   - pairsHalves: whether the rows of query and key are stored as halves that rotate together, but written as pairs.
    ///   - normsHeads: whether each head of query and key has a norm.
    func map(_ t: inout TensorMap, pairsHalves: Bool, normsHeads: Bool) throws(ConversionError) {
        let query = heads * headDimension
        let keyValue = keyValueHeads * headDimension
        try t.add("token_embd.weight", from: "embed_tokens.weight", [vocabularySize, hiddenSize])
        for layer in 0..<layers {
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "input_layernorm", size: hiddenSize, hasBias: false)
            try t.linear(
                to + "attn_q", from: from + "self_attn.q_proj", rows: query, columns: hiddenSize,
                order: pairsHalves ? .pairedHalves(heads: heads) : .stored)
            try t.linear(
                to + "attn_k", from: from + "self_attn.k_proj", rows: keyValue, columns: hiddenSize,
                order: pairsHalves ? .pairedHalves(heads: keyValueHeads) : .stored)
            try t.linear(to + "attn_v", from: from + "self_attn.v_proj", rows: keyValue, columns: hiddenSize)
            try t.linear(to + "attn_output", from: from + "self_attn.o_proj", rows: hiddenSize, columns: query)
            if normsHeads {
                try t.norm(to + "attn_q_norm", from: from + "self_attn.q_norm", size: headDimension, hasBias: false)
                try t.norm(to + "attn_k_norm", from: from + "self_attn.k_norm", size: headDimension, hasBias: false)
            }
            try t.norm(to + "ffn_norm", from: from + "post_attention_layernorm", size: hiddenSize, hasBias: false)
            try t.linear(to + "ffn_gate", from: from + "mlp.gate_proj", rows: feedForwardSize, columns: hiddenSize)
            try t.linear(to + "ffn_up", from: from + "mlp.up_proj", rows: feedForwardSize, columns: hiddenSize)
            try t.linear(to + "ffn_down", from: from + "mlp.down_proj", rows: hiddenSize, columns: feedForwardSize)
        }
        try t.norm("output_norm", from: "norm", size: hiddenSize, hasBias: false)
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabularySize, hiddenSize])
        }
        // Tables that follow from the configuration.
        t.leaveOut { $0.hasSuffix(".rotary_emb.inv_freq") }
    }
}
