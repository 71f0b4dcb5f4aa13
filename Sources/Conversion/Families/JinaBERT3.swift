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
        try encoder.mapEmbeddings(&t, hasTypes: true, hasPositions: false)
        var names = Encoder.LayerNames()
        (names.query, names.key, names.value) = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
        (names.attentionOutput, names.attentionNorm) = ("self_attn.o_proj", "post_attention_layernorm")
        (names.up, names.down, names.norm) = ("mlp.fc1", "mlp.fc2", "post_mlp_layernorm")
        for layer in 0..<layers { try encoder.mapLayer(&t, "blk.\(layer).", from: "layers.\(layer).", names) }
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
