import JSON

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// BART, mBART, Marian, M2M100, NLLB and Pegasus.
///
/// Tables of sinusoids, which checkpoints leave out, are written like learned positions; rows that no position uses are not.
///
/// Source: `BartForConditionalGeneration`, `MBartForConditionalGeneration`, `MarianMTModel`, `M2M100ForConditionalGeneration`
/// and `PegasusForConditionalGeneration` of `transformers`.
struct BART: Family {
    static let classes = [
        "BartForConditionalGeneration", "MBartForConditionalGeneration", "MarianMTModel",
        "M2M100ForConditionalGeneration", "PegasusForConditionalGeneration",
    ]
    static let prefixes = ["model."]
    let architecture = "bart"
    let vocabularySize: Int
    private let hiddenSize: Int
    private let stacks: [Stack]
    private let activation: String
    private let contextLength: Int
    private let scalesEmbedding: Bool
    private let isTied: Bool
    private var generation: GenerationSettings
    private var languages = TranslationLanguages()
    private let startToken: Int
    private let form: Form

    // The choice of types knows no model of two halves: all layers are alike to it.
    let layers = 0
    let heads = 0
    let keyValueHeads = 0

    var tokenizer: TokenizerDefaults { TokenizerDefaults(preTokenizer: "gpt-2", numbering: form.numbering) }

    /// How the classes differ.
    private struct Form {
        let isNormBefore: Bool
        let normsEmbedding: Bool
        let positions: Positions
        let numbering: PieceNumbering?

        enum Positions {
            /// Behind two rows that no position uses.
            case learned
            case sinusoids(Sinusoids)
        }

        init(_ className: String) {
            let start = className.prefix { $0 != "F" && $0 != "T" }
            isNormBefore = start != "Bart" && start != "Marian"
            normsEmbedding = start == "Bart" || start == "MBart"
            numbering =
                switch start {
                case "Pegasus": .masks
                case "MBart", "M2M100": .languages
                default: nil
                }
            positions =
                switch start {
                case "Bart", "MBart": .learned
                case "M2M100": .sinusoids(Sinusoids(first: 2, isFairseq: true))
                default: .sinusoids(Sinusoids(first: 0, isFairseq: false))
                }
        }
    }

    /// One of the two halves.
    private struct Stack {
        let name: String
        let layers: Int
        let heads: Int
        let feedForwardSize: Int

        init(_ c: Configuration, _ name: String, width: Int) throws(ConversionError) {
            self.name = name
            layers = try c.size("\(name)_layers")
            heads = try c.size("\(name)_attention_heads")
            feedForwardSize = try c.size("\(name)_ffn_dim")
            guard width % heads == 0 else { throw c.wrong("\(name)_attention_heads", "a divisor of \(width)") }
        }
    }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        form = Form(className.hasPrefix("MarianMT") ? "Marian" : className)
        vocabularySize = try c.size("vocab_size")
        hiddenSize = try c.size("d_model")
        stacks = [try Stack(c, "encoder", width: hiddenSize), try Stack(c, "decoder", width: hiddenSize)]
        contextLength = try c.size("max_position_embeddings", default: 1_024)
        scalesEmbedding = try c.bool("scale_embedding", default: false)
        isTied = try c.bool("tie_word_embeddings", default: true)
        generation = try GenerationSettings(c)
        startToken = try c.index("decoder_start_token_id")
        guard try c.bool("share_encoder_decoder_embeddings", default: true) else {
            throw c.unsupported("an embedding of the decoder's own (share_encoder_decoder_embeddings: false)")
        }
        switch try c.string("activation_function", default: "gelu") {
        case "relu": activation = "relu"
        case "gelu": activation = "gelu"
        case "gelu_new", "gelu_pytorch_tanh": activation = "gelu_tanh"
        case "swish", "silu": activation = "silu"
        case let name: throw c.unsupported("the activation \(name.visible)")
        }
    }

    mutating func read(_ folder: ModelFolder) throws(ConversionError) {
        if let settings = try GenerationSettings(folder) { generation = settings }
        languages = try TranslationLanguages(folder)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        generation.describe(&keys)
        languages.describe(&keys)
        for stack in stacks {
            keys.set("\(stack.name).context_length", size: contextLength)
            keys.set("\(stack.name).embedding_length", size: hiddenSize)
            keys.set("\(stack.name).feed_forward_length", size: stack.feedForwardSize)
            keys.set("\(stack.name).block_count", size: stack.layers)
            keys.set("\(stack.name).attention.head_count", size: stack.heads)
        }
        keys.set("attention.layer_norm_epsilon", Float(1e-5))
        keys.set("norm_before", form.isNormBefore)
        keys.set("embedding_scale", scalesEmbedding ? Float(hiddenSize).squareRoot() : 1)
        keys.set("hidden_activation", activation)
        keys.set("decoder_start_token_id", size: startToken)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let embeddings = ["shared", "encoder.embed_tokens", "decoder.embed_tokens"].map { $0 + ".weight" }
        let embedding = embeddings.first { t.has($0) } ?? embeddings[0]
        try t.add("token_embd.weight", from: embedding, [vocabularySize, hiddenSize])
        t.leaveOut { embeddings.contains($0) }
        try map(stacks[0], attentions: [("attn", "self_attn")], &t)
        try map(stacks[1], attentions: [("attn", "self_attn"), ("cross_attn", "encoder_attn")], &t)
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabularySize, hiddenSize])
        }
        if t.has("final_logits_bias") {
            try t.add("output.bias", from: "final_logits_bias", [1, vocabularySize], as: [vocabularySize])
        }
    }

    private func map(
        _ stack: Stack, attentions: [(name: String, source: String)], _ t: inout TensorMap
    ) throws(ConversionError) {
        let short = stack.name.prefix(3)
        let positions = "\(stack.name).embed_positions.weight"
        switch form.positions {
        case .learned:
            try t.add(
                "\(short).position_embd.weight", from: positions, [contextLength + 2, hiddenSize], order: .dropping(2))
        case .sinusoids(let sinusoids):
            t.add(
                "\(short).position_embd.weight", values: sinusoids.table(rows: contextLength, columns: hiddenSize),
                shape: [contextLength, hiddenSize])
            t.leaveOut { $0 == positions || $0 == "\(stack.name).embed_positions.weights" }
        }
        if form.normsEmbedding {
            try t.norm("\(short).embd_norm", from: "\(stack.name).layernorm_embedding", size: hiddenSize, hasBias: true)
        }
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
        if form.isNormBefore {
            try t.norm("\(short).output_norm", from: "\(stack.name).layer_norm", size: hiddenSize, hasBias: true)
        }
    }
}

/// Positions as sines, then cosines, of falling frequencies (arXiv:1706.03762 §3.5, with the two not interleaved).
private struct Sinusoids {
    /// The position of the first row.
    let first: Int
    /// Whether the last frequency is 1 / 10000 exactly, as in fairseq, not one step before it.
    let isFairseq: Bool

    /// `[rows, columns]`, row by row.
    func table(rows: Int, columns: Int) -> [Float] {
        let half = columns / 2
        var table = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for place in 0..<half {
                let exponent =
                    isFairseq ? Double(place) / Double(max(half - 1, 1)) : Double(2 * place) / Double(columns)
                let angle = Double(first + row) * exp(-log(10_000) * exponent)
                table[row * columns + place] = Float(sin(angle))
                table[row * columns + half + place] = Float(cos(angle))
            }
        }
        return table
    }
}
