internal import JSON

/// NeoBERT.
///
/// Source: `NeoBERT` of chandar-lab/NeoBERT; arXiv:2502.19587 §3; llama.cpp's `conversion/bert.py`, which has no heads.
struct NeoBERT: EncoderFamily {
    static let classes = [
        "NeoBERT", "NeoBERTLMHead", "NeoBERTForSequenceClassification", "NeoBERTForTokenClassification",
    ]
    static let prefixes = ["model."]
    let architecture = "neo-bert"
    let encoder: Encoder
    /// Columns between the products of a feed-forward.
    private let innerSize: Int
    private let epsilon: Double

    var tokenizer: TokenizerDefaults { TokenizerDefaults() }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let settings = c.renaming(["max_length": "max_position_embeddings"])
            .replacing("hidden_act", by: .string("silu"))
            .replacing("tie_word_embeddings", by: .bool(false))
        encoder = try Encoder(
            settings, className: className, keepsHeads: keepsHeads, tokenTypes: 1, activations: ["silu": "silu"],
            head: className == "NeoBERTLMHead" ? .maskedToken : nil)
        // Two thirds, rounded up to a multiple of 8 (arXiv:2002.05202 §2).
        innerSize = (2 * encoder.feedForwardSize / 3 + 7) / 8 * 8
        epsilon = try c.number("norm_eps", default: 1e-6)
        guard try c.size("dim_head", default: encoder.hiddenSize / encoder.heads) * encoder.heads == encoder.hiddenSize
        else { throw c.wrong("dim_head", "\(encoder.hiddenSize / encoder.heads)") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("feed_forward_length", size: innerSize)
        keys.set("attention.layer_norm_rms_epsilon", Float(epsilon))
        keys.set("rope.freq_base", Float(10_000))
        if encoder.labels.isEmpty { keys.set("pooling_type", Pooling.cls.rawValue) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = encoder.hiddenSize
        try t.add("token_embd.weight", from: "encoder.weight", [vocabularySize, size])
        for layer in 0..<layers {
            let (to, from) = ("blk.\(layer).", "transformer_encoder.\(layer).")
            try t.norm(to + "attn_norm", from: from + "attention_norm", size: size, hasBias: false)
            try t.norm(to + "ffn_norm", from: from + "ffn_norm", size: size, hasBias: false)
            for (name, source, rows, columns) in [
                ("attn_qkv", "qkv", 3 * size, size), ("attn_output", "wo", size, size),
                ("ffn_up", "ffn.w12", 2 * innerSize, size), ("ffn_down", "ffn.w3", size, innerSize),
            ] {
                try t.add("\(to)\(name).weight", from: "\(from)\(source).weight", [rows, columns])
            }
        }
        try t.norm("enc.output_norm", from: "layer_norm", size: size, hasBias: false)
        switch encoder.head {
        case .none: break
        case .maskedToken: try t.linear("output", from: "decoder", rows: vocabularySize, columns: size)
        case .sequenceClass, .tokenClass: try encoder.mapClassifier(&t, dense: "dense", output: "classifier")
        }
        t.leaveOut {
            $0 == "freqs_cis" || (encoder.head != .maskedToken && $0.hasPrefix("decoder."))
                || (encoder.head == .none && ($0.hasPrefix("classifier.") || $0.hasPrefix("dense.")))
        }
    }
}
