/// RoBERTa and XLM-RoBERTa (BGE-M3, multilingual E5): BERT with other vocabularies. The first rows of its position table
/// belong to padding and are not written.
///
/// Source: `RobertaModel` of `transformers`; llama.cpp's `conversion/bert.py`.
struct RoBERTa: EncoderFamily {
    static let classes = ["Roberta", "XLMRoberta", "Camembert"].flatMap { name in
        ["Model", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification"].map { name + $0 }
    }
    static let prefixes = ["roberta."]
    let architecture = "bert"
    let encoder: Encoder

    var tokenizer: TokenizerDefaults { TokenizerDefaults(preTokenizer: "gpt-2", tokenTypes: encoder.tokenTypes) }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let padding = try c.index("pad_token_id", default: 1)
        encoder = try Encoder(c, className: className, keepsHeads: keepsHeads, firstPosition: padding + 1)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try encoder.mapEmbeddings(&t, hasTypes: true)
        try encoder.mapLayers(&t)
        switch encoder.head {
        case .none: break
        case .maskedToken:
            try encoder.mapMaskedTokenHead(
                &t, dense: "lm_head.dense", norm: "lm_head.layer_norm", output: "lm_head.decoder", bias: "lm_head.bias")
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "classifier.dense", output: "classifier.out_proj")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        }
        t.leaveOut {
            $0.hasPrefix("pooler.dense.") || (encoder.head != .maskedToken && $0.hasPrefix("lm_head."))
                || (encoder.head == .none && $0.hasPrefix("classifier."))
        }
    }
}
