internal import JSON

/// ALBERT. Layers of a group share one set of weights, which is written once.
///
/// Source: `AlbertModel` of `transformers`. GGUF has no names for it: BERT's stand where they mean the same.
struct ALBERT: EncoderFamily {
    static let classes = [
        "Model", "ForMaskedLM", "ForPreTraining", "ForSequenceClassification", "ForTokenClassification",
    ].map { "Albert" + $0 }
    static let prefixes = ["albert."]
    let architecture = "albert"
    let encoder: Encoder
    private let groups: Int

    var tokenizer: TokenizerDefaults {
        TokenizerDefaults(tokenTypes: encoder.tokenTypes, numbering: .lowercased)
    }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        encoder = try Encoder(
            c.defaulting("embedding_size", to: .number("128")).defaulting("hidden_act", to: .string("gelu_new")),
            className: className,
            keepsHeads: keepsHeads, hasEmbeddingSize: true, activations: ["gelu": "gelu", "gelu_new": "gelu_tanh"])
        groups = try c.size("num_hidden_groups", default: 1)
        guard groups <= encoder.layers else { throw c.wrong("num_hidden_groups", "at most \(encoder.layers)") }
        let inner = try c.size("inner_group_num", default: 1)
        guard inner == 1 else { throw c.unsupported("an inner_group_num of \(inner)") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("hidden_groups", size: groups)
        keys.set("hidden_activation", encoder.activation)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try encoder.mapEmbeddings(&t, hasTypes: true)
        try t.linear(
            "embd_proj", from: "encoder.embedding_hidden_mapping_in", rows: encoder.hiddenSize,
            columns: encoder.embeddingSize)
        var names = Encoder.LayerNames()
        (names.query, names.key, names.value) = ("attention.query", "attention.key", "attention.value")
        (names.attentionOutput, names.attentionNorm) = ("attention.dense", "attention.LayerNorm")
        (names.up, names.down, names.norm) = ("ffn", "ffn_output", "full_layer_layer_norm")
        for group in 0..<groups {
            try encoder.mapLayer(
                &t, "blk.\(group).", from: "encoder.albert_layer_groups.\(group).albert_layers.0.", names)
        }
        switch encoder.head {
        case .none: break
        case .maskedToken:
            try encoder.mapMaskedTokenHead(
                &t, dense: "predictions.dense", norm: "predictions.LayerNorm", output: "predictions.decoder",
                bias: "predictions.bias")
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "pooler", output: "classifier")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        }
        t.leaveOut {
            $0.hasPrefix("pooler.") || $0.hasPrefix("sop_classifier.")
                || (encoder.head != .maskedToken && $0.hasPrefix("predictions."))
                || (encoder.head == .none && $0.hasPrefix("classifier."))
        }
    }
}
