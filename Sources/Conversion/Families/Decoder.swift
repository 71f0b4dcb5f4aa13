internal import GGUF

/// What a class assumes where the configuration does not say, and what of it differs from Llama.
struct DecoderTraits: Sendable {
    /// Whether the rows of query and key are stored as halves that rotate together, but written as pairs.
    var pairsHalves = false
    /// Norms of query and key.
    var headNorms = HeadNorms.none
    /// Norms of attention and feed-forward.
    var norms = Norms.before
    /// Whether norms are LayerNorm, with or without a bias.
    var hasLayerNorm = false
    /// Whether norms have weights.
    var hasNormWeights = true
    /// What files call the norm behind the last layer.
    var outputNorm = "output_norm"
    /// Whether attention tells positions by rotation.
    var rotates = true
    var epsilon = 1e-6
    /// Of query, key and value as one matrix, the order; nil: they are three.
    var fusion: Fusion?
    /// Whether gate and up are one matrix.
    var packsFeedForward = false
    /// What the class calls tensors of a layer, and their prefix, where that is not what Llama's calls them.
    var names: [String: String] = [:]
    /// Added to all norms' weights, as the class does when it runs.
    var normOffset: Float = 0
    /// Whether the class gives each row of the output the length 1 when it runs.
    var normalizesOutput = false
    /// Whether it gives each column of the output the length 1.
    var dividesOutputColumns = false
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
    var isTied = false

    enum Fusion: Sendable {
        case asWritten
        /// A key and a value behind the queries that share them.
        case grouped
    }

    enum HeadNorms: Sendable {
        case none
        /// One for each head.
        case each
        /// One for all heads together.
        case all
        /// One for each head, whose weights are a matrix.
        case rows
        /// One for each head, each with a tensor of its own.
        case apart
    }

    /// Of each layer: what files call its norms, and what they are stored as.
    struct Norms: Sendable {
        let names: [(written: String, stored: String)]

        init(_ names: [(written: String, stored: String)]) { self.names = names }

        static let before = Norms([("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm")])
        /// The same, the second by the name that it has in the class.
        static let beforeAsStored = Norms([
            ("attn_norm", "input_layernorm"), ("post_attention_norm", "post_attention_layernorm"),
        ])
        /// One for both attention and feed-forward.
        static let shared = Norms([("attn_norm", "input_layernorm")])
        static let behind = Norms([
            ("post_attention_norm", "post_attention_layernorm"), ("post_ffw_norm", "post_feedforward_layernorm"),
        ])
        static let around = Norms([
            ("attn_norm", "input_layernorm"), ("ffn_norm", "pre_feedforward_layernorm"),
            ("post_attention_norm", "post_attention_layernorm"), ("post_ffw_norm", "post_feedforward_layernorm"),
        ])
    }
}

/// What Llama and its descendants have in common: RMSNorm, rotary grouped-query attention, a gated feed-forward; names and
/// settings.
struct Decoder: DecoderSizes {
    let layers: Int
    let hiddenSize: Int
    var feedForwardSize: Int
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
        layers = try c.size("num_hidden_layers", "num_layers")
        hiddenSize = try c.size("hidden_size")
        feedForwardSize = try c.size(traits.feedForwardKey)
        heads = try c.size("num_attention_heads", default: traits.heads)
        keyValueHeads = try c.size("num_key_value_heads", default: traits.keyValueHeads ?? heads)
        hasHeadDimension = c.has("head_dim") || traits.headDimension != nil
        headDimension = try c.size("head_dim", default: traits.headDimension ?? max(1, hiddenSize / heads))
        vocabularySize = try c.size("vocab_size", default: traits.vocabularySize)
        epsilon = try c.number("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", default: traits.epsilon)
        self.rope = if let rope { rope } else { try RotarySettings(c) }
        // A class without a head has no other logits.
        isTied = try c.bool("tie_word_embeddings", default: traits.isTied) || className.hasSuffix("Model")
        guard headDimension % 2 == 0 else { throw c.wrong("head_dim", "an even number") }
        guard heads % keyValueHeads == 0 else { throw c.wrong("num_key_value_heads", "a divisor of \(heads)") }
        guard hasHeadDimension || hiddenSize % heads == 0 else {
            throw c.wrong("num_attention_heads", "a divisor of \(hiddenSize)")
        }
        let activation = try c.string(
            "hidden_activation", "hidden_act", "activation_function", default: traits.activations[0])
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
    func requirePlainRope(
        _ c: Configuration, orLlama3 hasFactors: Bool = false, orPartial isPartial: Bool = false
    ) throws(ConversionError) {
        try rope.requirePlain(c, orLlama3: hasFactors, orPartial: isPartial)
    }

    /// The keys that all have, in the order of llama.cpp's files.
    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("block_count", size: layers)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: heads)
        keys.set("attention.head_count_kv", size: keyValueHeads)
        if traits.rotates { rope.describe(&keys) }
        keys.set("attention.layer_norm_\(traits.hasLayerNorm ? "" : "rms_")epsilon", Float(epsilon))
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
        try map(&t) { t, layer, from, to throws(ConversionError) in
            if let latent {
                try mapNorms(&t, from, to)
                try latent.map(&t, from: from + "self_attn.", to: to, heads: heads, hiddenSize: hiddenSize)
            } else {
                try mapAttention(&t, from, to)
            }
            if let mixture, mixture.hasExperts(layer) {
                try mixture.map(&t, from: from, to: to, hiddenSize: hiddenSize)
            } else if let experts {
                try experts.map(&t, from: from, to: to, hiddenSize: hiddenSize)
            } else {
                try mapFeedForward(&t, from, to)
            }
        }
    }

    /// Names every tensor.
    ///
    /// - Parameter mapLayer: names those of a layer, whose stored names begin with `from`, and written ones with `to`.
    func map(
        _ t: inout TensorMap,
        mapLayer: (_ t: inout TensorMap, _ layer: Int, _ from: String, _ to: String) throws(ConversionError) -> Void
    ) throws(ConversionError) {
        try t.add("token_embd.weight", from: stored("embed_tokens") + ".weight", [vocabularySize, hiddenSize])
        for layer in 0..<layers { try mapLayer(&t, layer, "\(stored("layers")).\(layer).", "blk.\(layer).") }
        try norm(&t, traits.outputNorm, from: stored("norm"), size: hiddenSize)
        let head = stored("lm_head") + ".weight"
        if isTied, !t.isAdapter {
            t.leaveOut { $0 == head }
        } else if traits.normalizesOutput || traits.dividesOutputColumns {
            let shape = [vocabularySize, hiddenSize]
            let change: ValueChange =
                traits.normalizesOutput ? .unitRows : .dividedColumns(try t.columnLengths(of: head, shape))
            try t.add("output.weight", from: head, shape, change: change)
        } else {
            try t.linear("output", from: stored("lm_head"), rows: vocabularySize, columns: hiddenSize)
        }
        // Tables that follow from the configuration.
        t.leaveOut { $0.hasSuffix(".rotary_emb.inv_freq") }
    }

    /// What the class calls a tensor that Llama's calls `name`.
    private func stored(_ name: String) -> String { traits.names[name] ?? name }

    func mapFeedForward(_ t: inout TensorMap, _ from: String, _ to: String) throws(ConversionError) {
        func linear(
            _ name: String, _ source: String, _ rows: Int, columns: Int, _ t: inout TensorMap
        ) throws(ConversionError) {
            try t.linear(to + name, from: from + stored("mlp." + source), rows: rows, columns: columns)
        }
        if traits.packsFeedForward {
            try linear("ffn_up", "gate_up_proj", 2 * feedForwardSize, columns: hiddenSize, &t)
        } else {
            try linear("ffn_gate", "gate_proj", feedForwardSize, columns: hiddenSize, &t)
            try linear("ffn_up", "up_proj", feedForwardSize, columns: hiddenSize, &t)
        }
        try linear("ffn_down", "down_proj", hiddenSize, columns: feedForwardSize, &t)
    }

    /// The tensors of a layer's attention, and its norms.
    func mapAttention(_ t: inout TensorMap, _ from: String, _ to: String) throws(ConversionError) {
        let query = heads * headDimension
        let keyValue = keyValueHeads * headDimension
        func order(_ heads: Int) -> RowOrder { traits.pairsHalves ? .pairedHalves(heads: heads) : .stored }
        func source(_ name: String) -> String { from + stored("self_attn." + name) }
        try mapNorms(&t, from, to)
        if let fusion = traits.fusion {
            var fused = FusedHeads(queries: heads, keyValues: keyValueHeads)
            (fused.isGrouped, fused.pairsHalves) = (fusion == .grouped, traits.pairsHalves)
            let isStored = fusion == .asWritten && !traits.pairsHalves
            try t.linear(
                to + "attn_qkv", from: source("qkv_proj"), rows: query + 2 * keyValue, columns: hiddenSize,
                order: isStored ? .stored : .fusedHeads(fused))
        } else {
            try t.linear(
                to + "attn_q", from: source("q_proj"), rows: query, columns: hiddenSize, order: order(heads))
            try t.linear(
                to + "attn_k", from: source("k_proj"), rows: keyValue, columns: hiddenSize,
                order: order(keyValueHeads))
            try t.linear(to + "attn_v", from: source("v_proj"), rows: keyValue, columns: hiddenSize)
        }
        try t.linear(to + "attn_output", from: source("o_proj"), rows: hiddenSize, columns: query)
        if t.has(source("sinks")) { try t.add(to + "attn_sinks.weight", from: source("sinks"), [heads]) }
        for (name, heads) in [("q_norm", heads), ("k_norm", keyValueHeads)] {
            try headNorm(&t, to + "attn_" + name, from: source(name), heads: heads)
        }
    }

    func mapNorms(_ t: inout TensorMap, _ from: String, _ to: String) throws(ConversionError) {
        for norm in traits.norms.names {
            try self.norm(&t, to + norm.written, from: from + stored(norm.stored), size: hiddenSize)
        }
    }

    private func headNorm(
        _ t: inout TensorMap, _ name: String, from source: String, heads: Int
    ) throws(ConversionError) {
        switch traits.headNorms {
        case .none: break
        case .each: try norm(&t, name, from: source, size: headDimension)
        case .all: try norm(&t, name, from: source, size: heads * headDimension)
        case .rows: try t.add(name + ".weight", from: source + ".weight", [heads, headDimension])
        case .apart:
            let sources = (0..<heads).map { "\(source).norms.\($0).weight" }
            try t.add(name + ".weight", joining: sources, [headDimension])
        }
    }

    /// The weight of a norm, and the bias of one that has it.
    private func norm(
        _ t: inout TensorMap, _ name: String, from source: String, size: Int
    ) throws(ConversionError) {
        guard traits.hasNormWeights else { return }
        try t.add(
            name + ".weight", from: source + ".weight", [size],
            change: traits.normOffset == 0 ? nil : .plus(traits.normOffset))
        guard t.has(source + ".bias") else { return }
        try t.add(name + ".bias", from: source + ".bias", [size])
    }
}
