/// T5, Flan-T5, mT5, umT5, and encoders of theirs.
///
/// Source: `T5ForConditionalGeneration` and its like of `transformers`; llama.cpp's `conversion/t5.py`.
struct T5: Family {
    static let classes = ["T5", "MT5", "UMT5"].flatMap { ["\($0)ForConditionalGeneration", "\($0)EncoderModel"] }
    static let prefixes: [String] = []
    let architecture: String
    let layers: Int
    let heads: Int
    let vocabularySize: Int
    let tokenizer = TokenizerDefaults(numbering: .sentinels)
    private let decoderLayers: Int
    private let hiddenSize: Int
    private let headDimension: Int
    private let feedForwardSize: Int
    private let contextLength: Int
    private let buckets: Int
    private let epsilon: Double
    private let isGated: Bool
    private let isTied: Bool
    private var generation: GenerationSettings
    private let startToken: Int

    var keyValueHeads: Int { heads }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let isEncoder = className.hasSuffix("EncoderModel")
        architecture = isEncoder ? "t5encoder" : "t5"
        layers = try c.size("num_layers")
        decoderLayers = isEncoder ? 0 : try c.size("num_decoder_layers", default: layers)
        heads = try c.size("num_heads")
        hiddenSize = try c.size("d_model")
        headDimension = try c.size("d_kv", default: max(1, hiddenSize / heads))
        feedForwardSize = try c.size("d_ff")
        vocabularySize = try c.size("vocab_size")
        contextLength = try c.size("n_positions", default: 512)
        buckets = try c.size("relative_attention_num_buckets", default: 32)
        epsilon = try c.number("layer_norm_epsilon", default: 1e-6)
        isTied = try c.bool("tie_word_embeddings", default: true)
        generation = try GenerationSettings(c)
        startToken = try c.index("decoder_start_token_id", default: 0)
        let distance = try c.size("relative_attention_max_distance", default: 128)
        guard distance == 128 else { throw c.unsupported("a relative_attention_max_distance of \(distance)") }
        switch try c.string("feed_forward_proj", default: "relu") {
        case "relu": isGated = false
        case "gated-gelu": isGated = true
        case let name: throw c.unsupported("the feed_forward_proj \(name.visible)")
        }
    }

    mutating func read(_ folder: ModelFolder) throws(ConversionError) {
        if let settings = try GenerationSettings(folder) { generation = settings }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        generation.describe(&keys)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("block_count", size: layers)
        if decoderLayers > 0 {
            keys.set("decoder_block_count", size: decoderLayers)
            keys.set("decoder_start_token_id", size: startToken)
        }
        keys.set("attention.head_count", size: heads)
        keys.set("attention.key_length", size: headDimension)
        keys.set("attention.value_length", size: headDimension)
        keys.set("attention.layer_norm_epsilon", Float(epsilon))
        keys.set("attention.layer_norm_rms_epsilon", Float(epsilon))
        keys.set("attention.relative_buckets_count", size: buckets)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        // Some checkpoints hold the embedding under one of the stages' names alone.
        let embeddings = ["shared", "encoder.embed_tokens", "decoder.embed_tokens"].map { $0 + ".weight" }
        let embedding = embeddings.first { t.has($0) } ?? embeddings[0]
        try t.add("token_embd.weight", from: embedding, [vocabularySize, hiddenSize])
        t.leaveOut { embeddings.contains($0) }
        try map(&t, stage: "encoder", to: "enc", layers: layers)
        guard decoderLayers > 0 else { return t.leaveOut { $0.hasPrefix("decoder.") || $0 == "lm_head.weight" } }
        try map(&t, stage: "decoder", to: "dec", layers: decoderLayers)
        // Of cross-attention, which has no distances.
        t.leaveOut { $0.hasSuffix("EncDecAttention.relative_attention_bias.weight") }
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabularySize, hiddenSize])
        }
    }

    private func map(_ t: inout TensorMap, stage: String, to place: String, layers: Int) throws(ConversionError) {
        let isDecoder = stage == "decoder"
        for layer in 0..<layers {
            let to = "\(place).blk.\(layer)."
            let from = "\(stage).block.\(layer).layer."
            try t.norm(to + "attn_norm", from: from + "0.layer_norm", size: hiddenSize, hasBias: false)
            try mapAttention(&t, to + "attn_", from: from + "0.SelfAttention.")
            let bias = from + "0.SelfAttention.relative_attention_bias.weight"
            if layer == 0 || t.has(bias) { try t.add(to + "attn_rel_b.weight", from: bias, [buckets, heads]) }
            if isDecoder {
                try t.norm(to + "cross_attn_norm", from: from + "1.layer_norm", size: hiddenSize, hasBias: false)
                try mapAttention(&t, to + "cross_attn_", from: from + "1.EncDecAttention.")
            }
            let last = from + (isDecoder ? "2." : "1.")
            try t.norm(to + "ffn_norm", from: last + "layer_norm", size: hiddenSize, hasBias: false)
            let product = last + "DenseReluDense."
            if isGated {
                try t.linear(to + "ffn_gate", from: product + "wi_0", rows: feedForwardSize, columns: hiddenSize)
            }
            try t.linear(
                to + "ffn_up", from: product + (isGated ? "wi_1" : "wi"), rows: feedForwardSize, columns: hiddenSize)
            try t.linear(to + "ffn_down", from: product + "wo", rows: hiddenSize, columns: feedForwardSize)
        }
        try t.norm("\(place).output_norm", from: "\(stage).final_layer_norm", size: hiddenSize, hasBias: false)
    }

    private func mapAttention(_ t: inout TensorMap, _ to: String, from: String) throws(ConversionError) {
        let inner = heads * headDimension
        for name in ["q", "k", "v"] { try t.linear(to + name, from: from + name, rows: inner, columns: hiddenSize) }
        try t.linear(to + "o", from: from + "o", rows: hiddenSize, columns: inner)
    }
}
