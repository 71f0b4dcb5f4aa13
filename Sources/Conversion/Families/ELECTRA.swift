internal import JSON

/// ELECTRA: generators, discriminators and what is made of them.
///
/// Source: `ElectraModel` of `transformers`. GGUF has no names for it: BERT's stand where they mean the same.
struct ELECTRA: EncoderFamily {
    static let classes = [
        "Model", "ForMaskedLM", "ForPreTraining", "ForSequenceClassification", "ForTokenClassification",
    ].map { "Electra" + $0 }
    static let prefixes = ["electra."]
    let architecture = "electra"
    let encoder: Encoder
    /// Whether the head tells which tokens were replaced.
    private let isDiscriminator: Bool

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        isDiscriminator = className == "ElectraForPreTraining"
        let label = JSONValue.object([.init("0", .string("REPLACED"))])
        encoder = try Encoder(
            (isDiscriminator ? c.replacing("id2label", by: label) : c).defaulting("embedding_size", to: .number("128")),
            className: className, keepsHeads: keepsHeads, hasEmbeddingSize: true,
            head: isDiscriminator ? .tokenClass : nil)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try encoder.mapEmbeddings(&t, hasTypes: true)
        if encoder.embeddingSize != encoder.hiddenSize {
            try t.linear(
                "embd_proj", from: "embeddings_project", rows: encoder.hiddenSize, columns: encoder.embeddingSize)
        }
        try encoder.mapLayers(&t)
        switch encoder.head {
        case .none: break
        case .maskedToken:
            try encoder.mapMaskedTokenHead(
                &t, dense: "generator_predictions.dense", norm: "generator_predictions.LayerNorm",
                output: "generator_lm_head", bias: "generator_lm_head.bias")
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "classifier.dense", output: "classifier.out_proj")
        case .tokenClass where isDiscriminator:
            try encoder.mapClassifier(
                &t, dense: "discriminator_predictions.dense", output: "discriminator_predictions.dense_prediction")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        }
        t.leaveOut {
            (encoder.head != .maskedToken && $0.hasPrefix("generator_"))
                || (encoder.head == .none && ($0.hasPrefix("classifier.") || $0.hasPrefix("discriminator_")))
        }
    }
}
