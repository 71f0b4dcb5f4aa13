internal import GGUF

/// What a class with LayerNorm and a feed-forward without gate calls its tensors, and what it assumes.
struct PlainTraits: Sendable {
    /// Query, key and value: three tensors, or one.
    enum Projections: Sendable {
        case apart(query: String, key: String, value: String)
        case fused(String, RowOrder)
    }

    var embedding = "embed_tokens"
    var positions: String?
    var layers = "layers"
    /// Of each layer: what files call its norms, and what they are stored as.
    var norms: [(written: String, stored: String)] = [
        ("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm"),
    ]
    var projections = Projections.apart(query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj")
    var output = "self_attn.o_proj"
    var up = "mlp.up_proj"
    var down = "mlp.down_proj"
    var norm = "norm"
    /// The first that there is.
    var heads = ["lm_head"]
    /// Added to the norms' weights, as the class does when it runs.
    var normOffset: Float = 0
    /// The first is assumed.
    var activations = ["gelu_new", "gelu_pytorch_tanh", "gelu_fast"]
    /// Nil: as the configuration has it, else as many as query heads.
    var keyValueHeads: Int?
    /// Nil: required.
    var contextLength: Int?
    /// The context ends here at the latest.
    var maxContextLength: Int?
    /// Nil: four times the hidden size.
    var feedForwardSize: Int?
    var isTied = false
}

/// What decoders with LayerNorm and a feed-forward without gate have in common: names and settings.
struct PlainDecoder: DecoderSizes {
    let layers: Int
    let hiddenSize: Int
    let feedForwardSize: Int
    let heads: Int
    let keyValueHeads: Int
    let headDimension: Int
    let vocabularySize: Int
    let contextLength: Int
    let epsilon: Double
    /// Whether logits come from the token embedding.
    let isTied: Bool
    let traits: PlainTraits

    init(_ c: Configuration, className: String, _ traits: PlainTraits) throws(ConversionError) {
        self.traits = traits
        layers = try c.size("num_hidden_layers", "n_layer", "n_layers")
        hiddenSize = try c.size("hidden_size", "n_embd", "n_embed", "d_model")
        feedForwardSize = try c.size(
            "intermediate_size", "n_inner", "ffn_hidden_size", default: traits.feedForwardSize ?? 4 * hiddenSize)
        heads = try c.size("num_attention_heads", "n_head", "n_heads")
        keyValueHeads =
            if let count = traits.keyValueHeads {
                count
            } else {
                try c.size("num_key_value_heads", "num_kv_heads", default: heads)
            }
        vocabularySize = try c.size("vocab_size")
        let length = try c.size(
            "max_position_embeddings", "n_positions", "max_seq_len", "seq_length", default: traits.contextLength)
        contextLength = min(length, traits.maxContextLength ?? length)
        epsilon = try c.number(
            "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon", default: 1e-5)
        // A class without a head has no other logits.
        isTied = try c.bool("tie_word_embeddings", default: traits.isTied) || className.hasSuffix("Model")
        headDimension = try c.size("head_dim", default: max(1, hiddenSize / heads))
        guard c.has("head_dim") || hiddenSize % heads == 0 else {
            throw c.wrong("num_attention_heads", "a divisor of \(hiddenSize)")
        }
        guard heads % keyValueHeads == 0 else { throw c.wrong("num_key_value_heads", "a divisor of \(heads)") }
        let activation = try c.string(
            "hidden_act", "activation_function", "activation", default: traits.activations[0])
        guard traits.activations.contains(activation) else {
            throw c.unsupported("the activation \(activation.visible)")
        }
    }

    /// The keys that all have, in the order of llama.cpp's files.
    ///
    /// - Parameters:
    ///   - rope: nil: positions are told otherwise.
    ///   - rotated: of each head, the columns that rotate.
    func describe(_ keys: inout ArchitectureKeys, _ rope: RotarySettings? = nil, rotated: Int = 0) {
        keys.set("block_count", size: layers)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: heads)
        keys.set("attention.head_count_kv", size: keyValueHeads)
        keys.set("attention.layer_norm_epsilon", Float(epsilon))
        if headDimension * heads != hiddenSize {
            keys.set("attention.key_length", size: headDimension)
            keys.set("attention.value_length", size: headDimension)
        }
        guard let rope else { return }
        rope.describe(&keys)
        keys.set("rope.dimension_count", size: rotated)
    }

    /// Names every tensor.
    func map(_ t: inout TensorMap) throws(ConversionError) {
        try t.add("token_embd.weight", from: traits.embedding + ".weight", [vocabularySize, hiddenSize])
        if let positions = traits.positions {
            try t.add("position_embd.weight", from: positions + ".weight", [contextLength, hiddenSize])
        }
        for layer in 0..<layers {
            let from = "\(traits.layers).\(layer)."
            let to = "blk.\(layer)."
            for norm in traits.norms { try self.norm(&t, to + norm.written, from: from + norm.stored) }
            try mapProjections(&t, from, to)
            let attended = heads * headDimension
            try t.linear(to + "attn_output", from: from + traits.output, rows: hiddenSize, columns: attended)
            try t.linear(to + "ffn_up", from: from + traits.up, rows: feedForwardSize, columns: hiddenSize)
            try t.linear(to + "ffn_down", from: from + traits.down, rows: hiddenSize, columns: feedForwardSize)
        }
        try norm(&t, "output_norm", from: traits.norm)
        let head = traits.heads.first { t.has($0 + ".weight") } ?? traits.heads[0]
        if isTied, !t.isAdapter {
            t.leaveOut { $0 == head + ".weight" }
        } else {
            try t.linear("output", from: head, rows: vocabularySize, columns: hiddenSize)
        }
        // Causal masks and tables of rotations, which old checkpoints hold.
        let constants = ["attn", "attention"].flatMap { [".\($0).bias", ".\($0).masked_bias"] }
        t.leaveOut { name in
            name.hasSuffix(".rotary_emb.inv_freq") || constants.contains { name.hasSuffix($0) }
        }
    }

    private func mapProjections(_ t: inout TensorMap, _ from: String, _ to: String) throws(ConversionError) {
        let query = heads * headDimension
        let keyValue = keyValueHeads * headDimension
        switch traits.projections {
        case .fused(let name, let order):
            try t.linear(
                to + "attn_qkv", from: from + name, rows: query + 2 * keyValue, columns: hiddenSize, order: order)
        case .apart(let queryName, let keyName, let valueName):
            try t.linear(to + "attn_q", from: from + queryName, rows: query, columns: hiddenSize)
            try t.linear(to + "attn_k", from: from + keyName, rows: keyValue, columns: hiddenSize)
            try t.linear(to + "attn_v", from: from + valueName, rows: keyValue, columns: hiddenSize)
        }
    }

    /// The weight of a norm, and its bias where it has one.
    func norm(_ t: inout TensorMap, _ name: String, from source: String) throws(ConversionError) {
        try t.add(
            name + ".weight", from: source + ".weight", [hiddenSize],
            change: traits.normOffset == 0 ? nil : .plus(traits.normOffset))
        if t.has(source + ".bias") { try t.add(name + ".bias", from: source + ".bias", [hiddenSize]) }
    }
}
