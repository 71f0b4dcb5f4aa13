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
    /// Columns of the embedding.
    let embeddingSize: Int
    let feedForwardSize: Int
    let heads: Int
    let vocabularySize: Int
    let tokenTypes: Int
    /// Positions that a text may have, and rows of the stored table before the first of them.
    let contextLength: Int
    let firstPosition: Int
    let epsilon: Double
    let isTied: Bool
    /// Of the feed-forward, as `hidden_activation` names it.
    let activation: String
    let head: Head
    let labels: [String]
    /// What the logits of classes are, as `config.json` calls it.
    private let problem: String

    /// - Parameters:
    ///   - firstPosition: rows of the position table that no text uses.
    ///   - hasEmbeddingSize: whether `embedding_size` may differ from the hidden size.
    ///   - activations: those that the architecture has, and their names in the model file.
    ///   - positionKind: the only `position_embedding_type`.
    ///   - head: nil: by the class's name.
    init(
        _ c: Configuration, className: String, keepsHeads: Bool, tokenTypes: Int? = nil, firstPosition: Int = 0,
        hasEmbeddingSize: Bool = false, activations: [String: String] = ["gelu": "gelu"],
        positionKind: String = "absolute", head: Head? = nil
    ) throws(ConversionError) {
        layers = try c.size("num_hidden_layers", "n_layers")
        hiddenSize = try c.size("hidden_size", "dim")
        embeddingSize = hasEmbeddingSize ? try c.size("embedding_size", default: hiddenSize) : hiddenSize
        feedForwardSize = try c.size("intermediate_size", "hidden_dim")
        heads = try c.size("num_attention_heads", "n_heads")
        vocabularySize = try c.size("vocab_size")
        self.tokenTypes =
            if let tokenTypes { tokenTypes } else { try c.size("type_vocab_size", default: 2) }
        let rows = try c.size("max_position_embeddings", default: 512)
        guard rows > firstPosition else { throw c.wrong("max_position_embeddings", "more than \(firstPosition)") }
        contextLength = rows - firstPosition
        self.firstPosition = firstPosition
        epsilon = try c.number("layer_norm_eps", default: 1e-12)
        isTied = try c.bool("tie_word_embeddings", default: true)
        guard hiddenSize % heads == 0 else { throw c.wrong("num_attention_heads", "a divisor of \(hiddenSize)") }
        let activation = try c.string("hidden_act", "activation", default: "gelu")
        guard let name = activations[activation] else {
            throw c.unsupported("the activation \(activation.visible)")
        }
        self.activation = name
        let positions = try c.string("position_embedding_type", default: "absolute")
        guard positions == positionKind else { throw c.unsupported("positions of the kind \(positions.visible)") }
        guard try !c.bool("is_decoder", default: false) else { throw c.unsupported("is_decoder: true") }
        let head = head ?? Self.head(className)
        self.head = keepsHeads ? head : .none
        let isClassifier = self.head == .sequenceClass || self.head == .tokenClass
        labels = isClassifier ? try Self.labels(c) : []
        problem = isClassifier ? try c.string("problem_type", default: "") : ""
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
        if embeddingSize != hiddenSize { keys.set("embedding_length_input", size: embeddingSize) }
        if !labels.isEmpty { keys.set("classifier.output_labels", labels) }
        if !problem.isEmpty { keys.set("classifier.problem_type", problem) }
        switch head {
        case .sequenceClass: keys.set("pooling_type", Pooling.rank.rawValue)
        case .tokenClass, .maskedToken: keys.set("pooling_type", Pooling.none.rawValue)
        case .none: break
        }
    }
}

// MARK: - Tensors

extension Encoder {
    /// The names of a layer's parts in a checkpoint.
    struct LayerNames {
        var query = "attention.self.query"
        var key = "attention.self.key"
        var value = "attention.self.value"
        var attentionOutput = "attention.output.dense"
        var attentionNorm = "attention.output.LayerNorm"
        var up = "intermediate.dense"
        var down = "output.dense"
        var norm = "output.LayerNorm"
    }

    /// The tables of tokens, types and positions, and their norm.
    func mapEmbeddings(
        _ t: inout TensorMap, hasTypes: Bool, hasPositions: Bool = true, normSize: Int? = nil
    ) throws(ConversionError) {
        try t.add("token_embd.weight", from: "embeddings.word_embeddings.weight", [vocabularySize, embeddingSize])
        if hasTypes {
            try t.add(
                "token_types.weight", from: "embeddings.token_type_embeddings.weight", [tokenTypes, embeddingSize])
        }
        if hasPositions {
            try t.add(
                "position_embd.weight", from: "embeddings.position_embeddings.weight",
                [contextLength + firstPosition, embeddingSize],
                order: firstPosition > 0 ? .dropping(firstPosition) : .stored)
        }
        try t.norm("token_embd_norm", from: "embeddings.LayerNorm", size: normSize ?? embeddingSize, hasBias: true)
        t.leaveOut { $0 == "embeddings.position_ids" || $0 == "embeddings.token_type_ids" }
    }

    /// The layers of BERT and those of its form.
    func mapLayers(_ t: inout TensorMap, _ names: LayerNames = LayerNames()) throws(ConversionError) {
        for layer in 0..<layers { try mapLayer(&t, "blk.\(layer).", from: "encoder.layer.\(layer).", names) }
    }

    func mapLayer(
        _ t: inout TensorMap, _ to: String, from: String, _ names: LayerNames
    ) throws(ConversionError) {
        let products = [
            ("attn_q", names.query), ("attn_k", names.key), ("attn_v", names.value),
            ("attn_output", names.attentionOutput),
        ]
        for (name, source) in products {
            try t.linear(to + name, from: from + source, rows: hiddenSize, columns: hiddenSize)
        }
        try t.norm(to + "attn_output_norm", from: from + names.attentionNorm, size: hiddenSize, hasBias: true)
        try t.linear(to + "ffn_up", from: from + names.up, rows: feedForwardSize, columns: hiddenSize)
        try t.linear(to + "ffn_down", from: from + names.down, rows: hiddenSize, columns: feedForwardSize)
        try t.norm(to + "layer_output_norm", from: from + names.norm, size: hiddenSize, hasBias: true)
    }

    /// A masked token's head: a dense layer, a norm, and the embedding (or a matrix of its own) with a bias.
    func mapMaskedTokenHead(
        _ t: inout TensorMap, dense: String, norm: String, output: String, bias: String
    ) throws(ConversionError) {
        try t.linear("mlm.dense", from: dense, rows: embeddingSize, columns: hiddenSize)
        try t.norm("mlm.norm", from: norm, size: embeddingSize, hasBias: true)
        if isTied {
            t.leaveOut { $0 == "\(output).weight" }
        } else {
            try t.add("output.weight", from: "\(output).weight", [vocabularySize, embeddingSize])
        }
        // Some checkpoints hold it under both names.
        try t.add("output.bias", from: t.has(bias) ? bias : "\(output).bias", [vocabularySize])
        t.leaveOut { $0 == bias || $0 == "\(output).bias" }
    }

    /// A classifier: `dense` with an activation, where there is one, then a row for each label.
    func mapClassifier(_ t: inout TensorMap, dense: String?, output: String) throws(ConversionError) {
        if let dense { try t.linear("cls", from: dense, rows: hiddenSize, columns: hiddenSize) }
        try t.linear("cls.output", from: output, rows: labels.count, columns: hiddenSize)
    }
}
