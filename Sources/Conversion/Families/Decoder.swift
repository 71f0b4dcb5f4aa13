internal import GGUF

/// What a class assumes where the configuration does not say, and what of it differs from Llama.
struct DecoderTraits: Sendable {
    /// Whether the rows of query and key are stored as halves that rotate together, but written as pairs.
    var pairsHalves = false
    /// Norms of query and key.
    var headNorms = HeadNorms.none
    /// Norms of attention and feed-forward.
    var norms = Norms.before
    /// The name of the norm between attention and feed-forward, where both have theirs before.
    var secondNorm = "ffn_norm"
    /// What norms of each head are stored as.
    var headNormNames = (query: "q_norm", key: "k_norm")
    /// Whether query, key and value are one matrix, and gate and up another.
    var isPacked = false
    /// Added to all norms' weights, as the class does when it runs.
    var normOffset: Float = 0
    /// Whether some layers see a window; if not, the context ends with it.
    var hasWindows = false
    var activations = ["silu"]
    /// Nil: the hidden size divided among the heads.
    var headDimension: Int?
    /// Nil: required.
    var heads: Int?
    /// Nil: as many as query heads.
    var keyValueHeads: Int?
    /// Nil: required.
    var vocabularySize: Int?
    var contextLength = 2_048
    /// The setting with the columns between the products of a feed-forward.
    var feedForwardKey = "intermediate_size"
    /// The name of the feed-forward within a layer.
    var feedForwardPart = "mlp"
    var isTied = false

    enum HeadNorms: Sendable {
        case none
        /// One for each head.
        case each
        /// One for all heads together.
        case all
    }

    enum Norms: Sendable {
        case before, behind, around
    }
}

/// What Llama and its descendants have in common: RMSNorm, rotary grouped-query attention, a gated feed-forward; names and
/// settings.
struct Decoder: Sendable {
    let layers: Int
    let hiddenSize: Int
    let feedForwardSize: Int
    let heads: Int
    let keyValueHeads: Int
    let headDimension: Int
    /// Whether the head dimension is given; otherwise it follows.
    let hasHeadDimension: Bool
    let vocabularySize: Int
    let contextLength: Int
    let epsilon: Double
    let rope: RotarySettings
    /// Whether logits come from the token embedding.
    let isTied: Bool
    let traits: DecoderTraits

    /// - Parameter rope: nil: as most classes have it.
    init(
        _ c: Configuration, className: String, _ traits: DecoderTraits = DecoderTraits(), rope: RotarySettings? = nil
    ) throws(ConversionError) {
        self.traits = traits
        layers = try c.size("num_hidden_layers")
        hiddenSize = try c.size("hidden_size")
        feedForwardSize = try c.size(traits.feedForwardKey)
        heads = try c.size("num_attention_heads", default: traits.heads)
        keyValueHeads = try c.size("num_key_value_heads", default: traits.keyValueHeads ?? heads)
        hasHeadDimension = c.has("head_dim") || traits.headDimension != nil
        headDimension = try c.size("head_dim", default: traits.headDimension ?? max(1, hiddenSize / heads))
        vocabularySize = try c.size("vocab_size", default: traits.vocabularySize)
        epsilon = try c.number("rms_norm_eps", default: 1e-6)
        self.rope = if let rope { rope } else { try RotarySettings(c) }
        // A class without a head has no other logits.
        isTied = try c.bool("tie_word_embeddings", default: traits.isTied) || className.hasSuffix("Model")
        guard headDimension % 2 == 0 else { throw c.wrong("head_dim", "an even number") }
        guard heads % keyValueHeads == 0 else { throw c.wrong("num_key_value_heads", "a divisor of \(heads)") }
        guard hasHeadDimension || hiddenSize % heads == 0 else {
            throw c.wrong("num_attention_heads", "a divisor of \(hiddenSize)")
        }
        let activation = try c.string("hidden_activation", "hidden_act", default: traits.activations[0])
        guard traits.activations.contains(activation) else {
            throw c.unsupported("the activation \(activation.visible)")
        }
        contextLength = try Self.contextLength(c, traits)
    }

    /// Beyond its window a layer sees less than all, which files of most architectures cannot say: the context ends there.
    private static func contextLength(_ c: Configuration, _ traits: DecoderTraits) throws(ConversionError) -> Int {
        let length = try c.size("max_position_embeddings", default: traits.contextLength)
        guard !traits.hasWindows, c.has("sliding_window"), try c.bool("use_sliding_window", default: true) else {
            return length
        }
        return min(length, try c.size("sliding_window"))
    }

    /// See ``RotarySettings/requirePlain(_:orLlama3:)``.
    func requirePlainRope(_ c: Configuration, orLlama3 hasFactors: Bool = false) throws(ConversionError) {
        try rope.requirePlain(c, orLlama3: hasFactors)
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
    ///   - experts: of every layer; nil: each layer has a feed-forward.
    ///   - mixture: of some layers.
    ///   - latent: instead of query, key and value.
    func map(
        _ t: inout TensorMap, experts: ExpertSettings? = nil, mixture: MixtureSettings? = nil,
        latent: LatentSettings? = nil
    ) throws(ConversionError) {
        try t.add("token_embd.weight", from: "embed_tokens.weight", [vocabularySize, hiddenSize])
        for layer in 0..<layers {
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            let feedForward = "\(from)\(traits.feedForwardPart)."
            if let latent {
                try norm(&t, to + "attn_norm", from: from + "input_layernorm")
                try latent.map(&t, from: from + "self_attn.", to: to, heads: heads, hiddenSize: hiddenSize)
                try norm(&t, to + "ffn_norm", from: from + "post_attention_layernorm")
            } else {
                try mapAttention(&t, from, to)
            }
            if let mixture, mixture.hasExperts(layer) {
                try mixture.map(&t, from: from, to: to, hiddenSize: hiddenSize)
            } else if let experts {
                try experts.map(&t, from: from, to: to, hiddenSize: hiddenSize)
            } else if traits.isPacked {
                let rows = 2 * feedForwardSize
                try t.linear(to + "ffn_up", from: feedForward + "gate_up_proj", rows: rows, columns: hiddenSize)
                try t.linear(
                    to + "ffn_down", from: feedForward + "down_proj", rows: hiddenSize, columns: feedForwardSize)
            } else {
                try t.linear(
                    to + "ffn_gate", from: feedForward + "gate_proj", rows: feedForwardSize, columns: hiddenSize)
                try t.linear(to + "ffn_up", from: feedForward + "up_proj", rows: feedForwardSize, columns: hiddenSize)
                try t.linear(
                    to + "ffn_down", from: feedForward + "down_proj", rows: hiddenSize, columns: feedForwardSize)
            }
        }
        try norm(&t, "output_norm", from: "norm")
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.linear("output", from: "lm_head", rows: vocabularySize, columns: hiddenSize)
        }
        // Tables that follow from the configuration.
        t.leaveOut { $0.hasSuffix(".rotary_emb.inv_freq") }
    }

    /// The tensors of a layer's attention, and its norms.
    private func mapAttention(_ t: inout TensorMap, _ from: String, _ to: String) throws(ConversionError) {
        let query = heads * headDimension
        let keyValue = keyValueHeads * headDimension
        func order(_ heads: Int) -> RowOrder { traits.pairsHalves ? .pairedHalves(heads: heads) : .stored }
        if traits.norms != .behind { try norm(&t, to + "attn_norm", from: from + "input_layernorm") }
        if traits.isPacked {
            let rows = query + 2 * keyValue
            try t.linear(to + "attn_qkv", from: from + "self_attn.qkv_proj", rows: rows, columns: hiddenSize)
        } else {
            try t.linear(
                to + "attn_q", from: from + "self_attn.q_proj", rows: query, columns: hiddenSize, order: order(heads))
            try t.linear(
                to + "attn_k", from: from + "self_attn.k_proj", rows: keyValue, columns: hiddenSize,
                order: order(keyValueHeads))
            try t.linear(to + "attn_v", from: from + "self_attn.v_proj", rows: keyValue, columns: hiddenSize)
        }
        try t.linear(to + "attn_output", from: from + "self_attn.o_proj", rows: hiddenSize, columns: query)
        if t.has(from + "self_attn.sinks") {
            try t.add(to + "attn_sinks.weight", from: from + "self_attn.sinks", [heads])
        }
        if traits.headNorms != .none {
            let (q, k) = traits.headNorms == .all ? (query, keyValue) : (headDimension, headDimension)
            try norm(&t, to + "attn_q_norm", from: from + "self_attn." + traits.headNormNames.query, size: q)
            try norm(&t, to + "attn_k_norm", from: from + "self_attn." + traits.headNormNames.key, size: k)
        }
        switch traits.norms {
        case .before: try norm(&t, to + traits.secondNorm, from: from + "post_attention_layernorm")
        case .around: try norm(&t, to + "ffn_norm", from: from + "pre_feedforward_layernorm")
        case .behind: break
        }
        guard traits.norms != .before else { return }
        try norm(&t, to + "post_attention_norm", from: from + "post_attention_layernorm")
        try norm(&t, to + "post_ffw_norm", from: from + "post_feedforward_layernorm")
    }

    private func norm(
        _ t: inout TensorMap, _ name: String, from source: String, size: Int? = nil
    ) throws(ConversionError) {
        try t.add(
            name + ".weight", from: source + ".weight", [size ?? hiddenSize],
            change: traits.normOffset == 0 ? nil : .plus(traits.normOffset))
        guard t.has(source + ".bias") else { return }
        try t.add(name + ".bias", from: source + ".bias", [size ?? hiddenSize])
    }
}
