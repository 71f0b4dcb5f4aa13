/// DistilBERT: BERT without token types and under other names.
///
/// Source: `DistilBertModel` of `transformers`; llama.cpp's `conversion/bert.py`.
struct DistilBERT: EncoderFamily {
    static let classes = [
        "DistilBertModel", "DistilBertForMaskedLM", "DistilBertForSequenceClassification",
        "DistilBertForTokenClassification",
    ]
    static let prefixes = ["distilbert."]
    let architecture = "bert"
    let encoder: Encoder

    var tokenizer: TokenizerDefaults { TokenizerDefaults(tokenTypes: 1) }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        encoder = try Encoder(c, className: className, keepsHeads: keepsHeads, tokenTypes: 1)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try encoder.mapEmbeddings(&t, hasTypes: false)
        for layer in 0..<encoder.layers {
            let from = "transformer.layer.\(layer)."
            let to = "blk.\(layer)."
            let size = encoder.hiddenSize
            let names = [("attn_q", "q_lin"), ("attn_k", "k_lin"), ("attn_v", "v_lin"), ("attn_output", "out_lin")]
            for (name, source) in names {
                try t.linear(to + name, from: from + "attention." + source, rows: size, columns: size)
            }
            try t.norm(to + "attn_output_norm", from: from + "sa_layer_norm", size: size, hasBias: true)
            try t.linear(to + "ffn_up", from: from + "ffn.lin1", rows: encoder.feedForwardSize, columns: size)
            try t.linear(to + "ffn_down", from: from + "ffn.lin2", rows: size, columns: encoder.feedForwardSize)
            try t.norm(to + "layer_output_norm", from: from + "output_layer_norm", size: size, hasBias: true)
        }
        switch encoder.head {
        case .maskedToken:
            try encoder.mapMaskedTokenHead(
                &t, dense: "vocab_transform", norm: "vocab_layer_norm", output: "vocab_projector",
                bias: "vocab_projector.bias")
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "pre_classifier", output: "classifier")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        case .none: break
        }
        t.leaveOut {
            (encoder.head != .maskedToken && $0.hasPrefix("vocab_"))
                || (encoder.head == .none && ($0.hasPrefix("classifier.") || $0.hasPrefix("pre_classifier.")))
        }
    }
}
