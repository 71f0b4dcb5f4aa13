internal import Audio
internal import JSON
internal import WhisperFiles

/// Whisper, tiny to large-v3-turbo, and what is distilled from them: the tensors and keys that whisper.cpp's files have as
/// GGUF, and what such files leave out: merges, alignment heads and suppressed tokens.
///
/// Source: `WhisperForConditionalGeneration` of `transformers`.
struct Whisper: Family {
    static let classes = ["WhisperForConditionalGeneration"]
    static let prefixes = ["model."]
    let architecture = "whisper"
    let vocabularySize: Int
    private let hiddenSize: Int
    private let melBands: Int
    private let encoder: Stack
    private let decoder: Stack
    private let isTied: Bool
    private var extras = SpeechExtras()

    /// One of the two halves.
    fileprivate struct Stack {
        let name: String
        let context: Int
        let layers: Int
        let heads: Int
        let feedForwardSize: Int
    }

    // The choice of types knows no model of two halves: all layers are alike to it.
    let layers = 0
    let heads = 0
    let keyValueHeads = 0

    var tokenizer: TokenizerDefaults {
        TokenizerDefaults(
            preTokenizer: "gpt-2",
            steering: SteeringTokens(
                first: "<|endoftext|>", lastNamed: "<|notimestamps|>", unnamed: SpecialSpelling.times))
    }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        vocabularySize = try c.size("vocab_size")
        hiddenSize = try c.size("d_model")
        melBands = try c.size("num_mel_bins", default: 80)
        encoder = try Stack(c, "encoder", context: c.size("max_source_positions", default: 1500), width: hiddenSize)
        decoder = try Stack(c, "decoder", context: c.size("max_target_positions", default: 448), width: hiddenSize)
        isTied = try c.bool("tie_word_embeddings", default: true)
        let activation = try c.string("activation_function", default: "gelu")
        guard activation == "gelu" else { throw c.unsupported("the activation \(activation.visible)") }
        guard try !c.bool("scale_embedding", default: false) else { throw c.unsupported("scale_embedding: true") }
        guard melBands <= Self.maxBands else { throw c.wrong("num_mel_bins", "at most \(Self.maxBands)") }
    }

    private static let maxBands = 512

    mutating func read(_ folder: ModelFolder) throws(ConversionError) {
        extras = try SpeechExtras(folder, melBands: melBands)
        let sizes = AlignmentHeads.Sizes(
            vocabulary: vocabularySize, encoderLayers: encoder.layers, decoderLayers: decoder.layers,
            heads: decoder.heads)
        try extras.checkHeads(layers: decoder.layers, heads: decoder.heads)
        if extras.alignmentHeads == nil { extras.alignmentHeads = AlignmentHeads.find(sizes) }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        describe(encoder, &keys)
        keys.set("encoder.mels_count", size: melBands)
        describe(decoder, &keys)
        if let heads = extras.alignmentHeads { keys.set(AlignmentHeads.key, heads.map { UInt32(clamping: $0) }) }
        if let tokens = extras.suppressedTokens {
            keys.set("decoder.suppress_tokens", tokens.map { UInt32(clamping: $0) })
        }
    }

    private func describe(_ stack: Stack, _ keys: inout ArchitectureKeys) {
        keys.set("\(stack.name).context_length", size: stack.context)
        keys.set("\(stack.name).embedding_length", size: hiddenSize)
        keys.set("\(stack.name).feed_forward_length", size: stack.feedForwardSize)
        keys.set("\(stack.name).block_count", size: stack.layers)
        keys.set("\(stack.name).attention.head_count", size: stack.heads)
    }

    // MARK: Tensors

    func map(_ t: inout TensorMap) throws(ConversionError) {
        t.add("mel_filters", values: extras.melFilters, shape: [melBands, MelSpectrogram.bins])
        for (index, channels) in [(1, melBands), (2, hiddenSize)] {
            try t.add(
                "enc.conv1d.\(index).weight", from: "encoder.conv\(index).weight", [hiddenSize, channels, 3])
            try t.add("enc.conv1d.\(index).bias", from: "encoder.conv\(index).bias", [hiddenSize])
        }
        try map(encoder, attentions: [("attn", "self_attn")], &t)
        try t.add("token_embd.weight", from: "decoder.embed_tokens.weight", [vocabularySize, hiddenSize])
        try map(decoder, attentions: [("attn", "self_attn"), ("cross_attn", "encoder_attn")], &t)
        if isTied {
            t.leaveOut { $0 == "proj_out.weight" }
        } else {
            try t.add("output.weight", from: "proj_out.weight", [vocabularySize, hiddenSize])
        }
    }

    private func map(
        _ stack: Stack, attentions: [(name: String, source: String)], _ t: inout TensorMap
    ) throws(ConversionError) {
        let short = stack.name.prefix(3)
        try t.add(
            "\(short).position_embd.weight", from: "\(stack.name).embed_positions.weight",
            [stack.context, hiddenSize])
        for layer in 0..<stack.layers {
            let from = "\(stack.name).layers.\(layer)."
            let to = "\(short).blk.\(layer)."
            for (name, source) in attentions {
                try t.norm("\(to)\(name)_norm", from: "\(from)\(source)_layer_norm", size: hiddenSize, hasBias: true)
                for (part, stored) in [("q", "q_proj"), ("k", "k_proj"), ("v", "v_proj"), ("output", "out_proj")] {
                    try t.linear(
                        "\(to)\(name)_\(part)", from: "\(from)\(source).\(stored)", rows: hiddenSize,
                        columns: hiddenSize)
                }
            }
            try t.norm(to + "ffn_norm", from: from + "final_layer_norm", size: hiddenSize, hasBias: true)
            try t.linear(to + "ffn_up", from: from + "fc1", rows: stack.feedForwardSize, columns: hiddenSize)
            try t.linear(to + "ffn_down", from: from + "fc2", rows: hiddenSize, columns: stack.feedForwardSize)
        }
        try t.norm("\(short).output_norm", from: "\(stack.name).layer_norm", size: hiddenSize, hasBias: true)
    }
}

extension Whisper.Stack {
    fileprivate init(_ c: Configuration, _ name: String, context: Int, width: Int) throws(ConversionError) {
        self.name = name
        self.context = context
        layers = try c.size("\(name)_layers")
        heads = try c.size("\(name)_attention_heads")
        feedForwardSize = try c.size("\(name)_ffn_dim", default: 4 * width)
        guard width % heads == 0 else { throw c.wrong("\(name)_attention_heads", "a divisor of \(width)") }
    }
}
