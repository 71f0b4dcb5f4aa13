internal import GGUF
internal import JSON

/// What BERT and its descendants have in common: sizes, keys, and the heads that GGUF has places for.
///
/// Heads: `cls` (dense, tanh) and `cls.output` of classifiers; `mlm.dense`, `mlm.norm`, `output` (unless tied) and
/// `output.bias` of masked-token prediction, for which GGUF has no names of its own.
struct Encoder: Sendable {
    /// What the model's class adds to the body.
    enum Head: Sendable {
        case none, maskedToken, sequenceClass, tokenClass
    }

    let layers: Int
    let hiddenSize: Int
    let feedForwardSize: Int
    let heads: Int
    let vocabularySize: Int
    let tokenTypes: Int
    /// Positions that a text may have, and rows of the stored table before the first of them.
    let contextLength: Int
    let firstPosition: Int
    let epsilon: Double
    let isTied: Bool
    let head: Head
    let labels: [String]

    /// - Parameter firstPosition: rows of the position table that no text uses.
    init(
        _ c: Configuration, className: String, keepsHeads: Bool, tokenTypes: Int? = nil, firstPosition: Int = 0
    ) throws(ConversionError) {
        layers = try c.size("num_hidden_layers", "n_layers")
        hiddenSize = try c.size("hidden_size", "dim")
        feedForwardSize = try c.size("intermediate_size", "hidden_dim")
        heads = try c.size("num_attention_heads", "n_heads")
        vocabularySize = try c.size("vocab_size")
        self.tokenTypes =
            if let tokenTypes { tokenTypes } else { try c.size("type_vocab_size", default: 2) }
        let positions = try c.size("max_position_embeddings", default: 512)
        guard positions > firstPosition else { throw c.wrong("max_position_embeddings", "more than \(firstPosition)") }
        contextLength = positions - firstPosition
        self.firstPosition = firstPosition
        epsilon = try c.number("layer_norm_eps", default: 1e-12)
        isTied = try c.bool("tie_word_embeddings", default: true)
        guard hiddenSize % heads == 0 else { throw c.wrong("num_attention_heads", "a divisor of \(hiddenSize)") }
        let activation = try c.string("hidden_act", "activation", default: "gelu")
        guard activation == "gelu" else { throw c.unsupported("the activation \(activation.visible)") }
        let positionKind = try c.string("position_embedding_type", default: "absolute")
        guard positionKind == "absolute" else { throw c.unsupported("positions of the kind \(positionKind.visible)") }
        guard try !c.bool("is_decoder", default: false) else { throw c.unsupported("is_decoder: true") }
        let head = Self.head(className)
        self.head = keepsHeads ? head : .none
        let isClassifier = self.head == .sequenceClass || self.head == .tokenClass
        labels = isClassifier ? try Self.labels(c) : []
    }

    private static func head(_ className: String) -> Head {
        if className.hasSuffix("ForMaskedLM") || className.hasSuffix("ForPreTraining") { return .maskedToken }
        if className.hasSuffix("ForSequenceClassification") { return .sequenceClass }
        return className.hasSuffix("ForTokenClassification") ? .tokenClass : .none
    }

    /// The names of the classes, by number.
    private static func labels(_ c: Configuration) throws(ConversionError) -> [String] {
        guard let names = c.value["id2label"]?.members, !names.isEmpty else {
            let count = try c.size("num_labels", default: 2)
            guard count <= 1 << 20 else { throw c.wrong("num_labels", "at most \(1 << 20)") }
            return (0..<count).map { "LABEL_\($0)" }
        }
        var labels = [String?](repeating: nil, count: names.count)
        for name in names {
            guard let index = Int(name.name), labels.indices.contains(index), let label = name.value.string else {
                throw c.wrong("id2label", "names for the numbers 0 to \(names.count - 1)")
            }
            labels[index] = label
        }
        let known = labels.compactMap { $0 }
        guard known.count == labels.count else {
            throw c.wrong("id2label", "names for the numbers 0 to \(names.count - 1)")
        }
        return known
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("block_count", size: layers)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: heads)
        keys.set("attention.layer_norm_epsilon", Float(epsilon))
        keys.set("attention.causal", false)
        if !labels.isEmpty { keys.set("classifier.output_labels", labels) }
        switch head {
        case .sequenceClass: keys.set("pooling_type", Pooling.rank.rawValue)
        case .tokenClass, .maskedToken: keys.set("pooling_type", Pooling.none.rawValue)
        case .none: break
        }
    }
}

// MARK: - Tensors

extension Encoder {
    /// The tables of tokens, types and positions, and their norm.
    func mapEmbeddings(_ t: inout TensorMap, hasTypes: Bool) throws(ConversionError) {
        try t.add("token_embd.weight", from: "embeddings.word_embeddings.weight", [vocabularySize, hiddenSize])
        if hasTypes {
            try t.add("token_types.weight", from: "embeddings.token_type_embeddings.weight", [tokenTypes, hiddenSize])
        }
        try t.add(
            "position_embd.weight", from: "embeddings.position_embeddings.weight",
            [contextLength + firstPosition, hiddenSize], order: firstPosition > 0 ? .dropping(firstPosition) : .stored)
        try t.norm("token_embd_norm", from: "embeddings.LayerNorm", size: hiddenSize, hasBias: true)
        t.leaveOut { $0 == "embeddings.position_ids" || $0 == "embeddings.token_type_ids" }
    }

    /// The layers of BERT and RoBERTa.
    func mapLayers(_ t: inout TensorMap) throws(ConversionError) {
        for layer in 0..<layers {
            let from = "encoder.layer.\(layer)."
            let to = "blk.\(layer)."
            for (name, source) in [("attn_q", "query"), ("attn_k", "key"), ("attn_v", "value")] {
                try t.linear(
                    to + name, from: from + "attention.self." + source, rows: hiddenSize, columns: hiddenSize)
            }
            try t.linear(
                to + "attn_output", from: from + "attention.output.dense", rows: hiddenSize, columns: hiddenSize)
            try t.norm(
                to + "attn_output_norm", from: from + "attention.output.LayerNorm", size: hiddenSize, hasBias: true)
            try t.linear(
                to + "ffn_up", from: from + "intermediate.dense", rows: feedForwardSize, columns: hiddenSize)
            try t.linear(to + "ffn_down", from: from + "output.dense", rows: hiddenSize, columns: feedForwardSize)
            try t.norm(to + "layer_output_norm", from: from + "output.LayerNorm", size: hiddenSize, hasBias: true)
        }
    }

    /// A masked token's head: a dense layer, a norm, and the embedding (or a matrix of its own) with a bias.
    func mapMaskedTokenHead(
        _ t: inout TensorMap, dense: String, norm: String, output: String, bias: String
    ) throws(ConversionError) {
        try t.linear("mlm.dense", from: dense, rows: hiddenSize, columns: hiddenSize)
        try t.norm("mlm.norm", from: norm, size: hiddenSize, hasBias: true)
        if isTied {
            t.leaveOut { $0 == "\(output).weight" }
        } else {
            try t.add("output.weight", from: "\(output).weight", [vocabularySize, hiddenSize])
        }
        // Some checkpoints hold it under both names.
        try t.add("output.bias", from: t.has(bias) ? bias : "\(output).bias", [vocabularySize])
        t.leaveOut { $0 == bias || $0 == "\(output).bias" }
    }

    /// A classifier: `dense` with tanh, where there is one, then a row for each label.
    func mapClassifier(_ t: inout TensorMap, dense: String?, output: String) throws(ConversionError) {
        if let dense { try t.linear("cls", from: dense, rows: hiddenSize, columns: hiddenSize) }
        try t.linear("cls.output", from: output, rows: labels.count, columns: hiddenSize)
    }
}
