internal import JSON

/// Jina Embeddings 3, without its adapters.
///
/// Source: `JinaEmbeddingsV3Model` of `transformers`; llama.cpp's `conversion/bert.py`.
struct JinaBERT3: EncoderFamily {
    static let classes = ["Model", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification"].map {
        "JinaEmbeddingsV3" + $0
    }
    static let prefixes = ["roberta."]
    let architecture = "jina-bert-v3"
    let encoder: Encoder
    private let rotary: RotarySettings

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        encoder = try Encoder(
            c.defaulting("layer_norm_eps", to: .number("1e-5")), className: className, keepsHeads: keepsHeads)
        rotary = try RotarySettings(c, defaultBase: 20_000)
        guard case .none = rotary.scaling else { throw c.unsupported("a scaled rope") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("rope.freq_base", Float(rotary.base))
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        for (name, from, rows) in [
            ("token_embd", "word", encoder.vocabularySize), ("token_types", "token_type", encoder.tokenTypes),
        ] {
            try t.add("\(name).weight", from: "embeddings.\(from)_embeddings.weight", [rows, encoder.hiddenSize])
        }
        try t.norm("token_embd_norm", from: "emb_ln", size: encoder.hiddenSize, hasBias: true)
        for layer in 0..<layers { try mapLayer(&t, "blk.\(layer).", from: "encoder.layers.\(layer).") }
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

    private func mapLayer(_ t: inout TensorMap, _ to: String, from: String) throws(ConversionError) {
        let (hidden, inner) = (encoder.hiddenSize, encoder.feedForwardSize)
        for (name, source, rows, columns) in [
            ("attn_qkv", "mixer.Wqkv", 3 * hidden, hidden), ("attn_output", "mixer.out_proj", hidden, hidden),
            ("ffn_up", "mlp.fc1", inner, hidden), ("ffn_down", "mlp.fc2", hidden, inner),
        ] {
            try t.linear(to + name, from: from + source, rows: rows, columns: columns)
        }
        try t.norm(to + "attn_output_norm", from: from + "norm1", size: hidden, hasBias: true)
        try t.norm(to + "layer_output_norm", from: from + "norm2", size: hidden, hasBias: true)
    }
}
