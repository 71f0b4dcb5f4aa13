/// MPNet (all-mpnet-base-v2). The first rows of its position table belong to padding and are not written.
///
/// Source: `MPNetModel` of `transformers`. GGUF has no names for it: those of BERT and T5 stand where they mean the same.
struct MPNet: EncoderFamily {
    static let classes = ["Model", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification"].map {
        "MPNet" + $0
    }
    static let prefixes = ["mpnet."]
    let architecture = "mpnet"
    let encoder: Encoder
    private let buckets: Int

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        // The class has padding at 1, whatever the settings say.
        encoder = try Encoder(c, className: className, keepsHeads: keepsHeads, tokenTypes: 1, firstPosition: 2)
        // As many as the class computes, whatever the size of the table.
        buckets = try c.size("relative_attention_num_buckets", default: 32)
        guard buckets == 32 else { throw c.unsupported("a relative_attention_num_buckets of \(buckets)") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("attention.relative_buckets_count", size: buckets)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try encoder.mapEmbeddings(&t, hasTypes: false)
        try t.add("attn_rel_b.weight", from: "encoder.relative_attention_bias.weight", [buckets, heads])
        var names = Encoder.LayerNames()
        (names.query, names.key, names.value) = ("attention.attn.q", "attention.attn.k", "attention.attn.v")
        (names.attentionOutput, names.attentionNorm) = ("attention.attn.o", "attention.LayerNorm")
        try encoder.mapLayers(&t, names)
        switch encoder.head {
        case .none: break
        // Sentence models name the class of the model that they were made of, and have no head.
        case .maskedToken where !t.has("lm_head.dense.weight"): break
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
