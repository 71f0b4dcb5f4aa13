internal import JSON

/// EuroBERT: Llama's layers, bidirectional.
///
/// Source: `EuroBertModel` of `transformers`; llama.cpp's `conversion/bert.py`, which has no heads.
struct EuroBERT: EncoderFamily {
    static let classes = ["Model", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification"].map {
        "EuroBert" + $0
    }
    static let prefixes = ["model."]
    let architecture = "eurobert"
    let encoder: Encoder
    let keyValueHeads: Int
    private let headDimension: Int
    private let rotary: RotarySettings
    private let epsilon: Double
    private let classifierPooling: Pooling

    var tokenizer: TokenizerDefaults { TokenizerDefaults() }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        encoder = try Encoder(
            c.defaulting("tie_word_embeddings", to: .bool(false)), className: className, keepsHeads: keepsHeads,
            tokenTypes: 1, activations: ["silu": "silu"])
        keyValueHeads = try c.size("num_key_value_heads", default: encoder.heads)
        headDimension = try c.size("head_dim", default: encoder.hiddenSize / encoder.heads)
        epsilon = try c.number("rms_norm_eps", default: 1e-5)
        rotary = try RotarySettings(c)
        guard case .none = rotary.scaling else { throw c.unsupported("a scaled rope") }
        guard encoder.head != .maskedToken || !encoder.isTied else { throw c.unsupported("tie_word_embeddings: true") }
        switch try c.string("classifier_pooling", default: "late") {
        case "bos": classifierPooling = .cls
        case "mean": classifierPooling = .mean
        case let name:
            guard encoder.head != .sequenceClass else {
                throw c.unsupported("a classifier_pooling of \(name.visible)")
            }
            classifierPooling = .none
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("attention.head_count_kv", size: keyValueHeads)
        keys.set("attention.key_length", size: headDimension)
        keys.set("attention.value_length", size: headDimension)
        keys.set("attention.layer_norm_rms_epsilon", Float(epsilon))
        keys.set("rope.freq_base", Float(rotary.base))
        if encoder.head == .sequenceClass { keys.set("classifier.pooling_type", classifierPooling.rawValue) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = encoder.hiddenSize
        let (queries, keys) = (heads * headDimension, keyValueHeads * headDimension)
        try t.add("token_embd.weight", from: "embed_tokens.weight", [vocabularySize, size])
        for layer in 0..<layers {
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "input_layernorm", size: size, hasBias: false)
            try t.linear(to + "attn_q", from: from + "self_attn.q_proj", rows: queries, columns: size)
            try t.linear(to + "attn_k", from: from + "self_attn.k_proj", rows: keys, columns: size)
            try t.linear(to + "attn_v", from: from + "self_attn.v_proj", rows: keys, columns: size)
            try t.linear(to + "attn_output", from: from + "self_attn.o_proj", rows: size, columns: queries)
            try t.norm(to + "ffn_norm", from: from + "post_attention_layernorm", size: size, hasBias: false)
            for (name, source) in [("ffn_gate", "gate_proj"), ("ffn_up", "up_proj")] {
                try t.linear(to + name, from: from + "mlp." + source, rows: encoder.feedForwardSize, columns: size)
            }
            try t.linear(to + "ffn_down", from: from + "mlp.down_proj", rows: size, columns: encoder.feedForwardSize)
        }
        try t.norm("output_norm", from: "norm", size: size, hasBias: false)
        switch encoder.head {
        case .none: break
        case .maskedToken: try t.linear("output", from: "lm_head", rows: vocabularySize, columns: size)
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "dense", output: "classifier")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        }
        t.leaveOut {
            (encoder.head != .maskedToken && $0.hasPrefix("lm_head."))
                || (encoder.head == .none && ($0.hasPrefix("classifier.") || $0.hasPrefix("dense.")))
        }
    }
}
