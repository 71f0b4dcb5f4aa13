/// BERT: MiniLM, BGE, E5, GTE and others of its form.
///
/// Its pooler is part of a classifier and of nothing else: sentence vectors do not come from it.
///
/// Source: `BertModel` of `transformers`; llama.cpp's `conversion/bert.py`, which has no heads but classifiers.
struct BERT: EncoderFamily {
    static let classes = [
        "BertModel", "BertForMaskedLM", "BertForPreTraining", "BertForSequenceClassification",
        "BertForTokenClassification",
    ]
    static let prefixes = ["bert."]
    let architecture = "bert"
    let encoder: Encoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        encoder = try Encoder(c, className: className, keepsHeads: keepsHeads)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try encoder.mapEmbeddings(&t, hasTypes: true)
        try encoder.mapLayers(&t)
        switch encoder.head {
        case .none: break
        case .maskedToken:
            try encoder.mapMaskedTokenHead(
                &t, dense: "cls.predictions.transform.dense", norm: "cls.predictions.transform.LayerNorm",
                output: "cls.predictions.decoder", bias: "cls.predictions.bias")
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "pooler.dense", output: "classifier")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        }
        t.leaveOut {
            $0.hasPrefix("pooler.dense.") || $0.hasPrefix("cls.seq_relationship.")
                || (encoder.head != .maskedToken && $0.hasPrefix("cls.predictions."))
                || (encoder.head == .none && $0.hasPrefix("classifier."))
        }
    }
}
