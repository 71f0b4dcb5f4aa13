/// ESM-2, with rotary positions.
///
/// Source: `EsmModel` of `transformers`. GGUF has no names for it: BERT's stand where they mean the same. The head that
/// predicts contacts is left out.
struct ESM: EncoderFamily {
    static let classes = ["Model", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification"].map {
        "Esm" + $0
    }
    static let prefixes = ["esm."]
    let architecture = "esm"
    let encoder: Encoder
    private let dropsTokens: Bool
    private let mask: Int
    private let ropeBase: Double
    private let hasEmbeddingNorm: Bool

    var tokenizer: TokenizerDefaults { TokenizerDefaults(spellsLetters: true) }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        guard try !c.bool("is_folding_model", default: false) else { throw c.unsupported("is_folding_model: true") }
        encoder = try Encoder(
            c, className: className, keepsHeads: keepsHeads, tokenTypes: 1, positionKind: "rotary")
        dropsTokens = try c.bool("token_dropout", default: false)
        mask = try c.index("mask_token_id", default: 32)
        ropeBase = try c.number("rope_theta", default: 10_000)
        hasEmbeddingNorm = try c.bool("emb_layer_norm_before", default: false)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("token_dropout", dropsTokens)
        keys.set("mask_token_id", size: mask)
        keys.set("rope.freq_base", Float(ropeBase))
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = encoder.hiddenSize
        try t.add("token_embd.weight", from: "embeddings.word_embeddings.weight", [vocabularySize, size])
        if hasEmbeddingNorm {
            try t.norm("token_embd_norm", from: "embeddings.layer_norm", size: size, hasBias: true)
        }
        for layer in 0..<layers {
            let from = "encoder.layer.\(layer)."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "attention.LayerNorm", size: size, hasBias: true)
            for (name, source) in [("attn_q", "query"), ("attn_k", "key"), ("attn_v", "value")] {
                try t.linear(to + name, from: from + "attention.self." + source, rows: size, columns: size)
            }
            try t.linear(to + "attn_output", from: from + "attention.output.dense", rows: size, columns: size)
            try t.norm(to + "ffn_norm", from: from + "LayerNorm", size: size, hasBias: true)
            try t.linear(
                to + "ffn_up", from: from + "intermediate.dense", rows: encoder.feedForwardSize, columns: size)
            try t.linear(to + "ffn_down", from: from + "output.dense", rows: size, columns: encoder.feedForwardSize)
        }
        try t.norm("output_norm", from: "encoder.emb_layer_norm_after", size: size, hasBias: true)
        switch encoder.head {
        case .none: break
        case .maskedToken:
            try encoder.mapMaskedTokenHead(
                &t, dense: "lm_head.dense", norm: "lm_head.layer_norm", output: "lm_head.decoder", bias: "lm_head.bias")
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "classifier.dense", output: "classifier.out_proj")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        }
        t.leaveOut {
            $0.hasSuffix("rotary_embeddings.inv_freq") || $0.hasPrefix("contact_head.") || $0.hasPrefix("pooler.dense.")
                || $0 == "embeddings.position_ids" || $0 == "embeddings.position_embeddings.weight"
                || (encoder.head != .maskedToken && $0.hasPrefix("lm_head."))
                || (encoder.head == .none && $0.hasPrefix("classifier."))
        }
    }
}
