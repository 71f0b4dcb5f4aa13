internal import JSON

/// DeBERTa V2 and V3.
///
/// Source: `DebertaV2Model` of `transformers`. GGUF has no names for it: BERT's stand where they mean the same.
struct DeBERTa2: EncoderFamily {
    static let classes = ["Model", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification"].map {
        "DebertaV2" + $0
    }
    static let prefixes = ["deberta."]
    let architecture = "deberta-v2"
    let encoder: Encoder
    private let hasPositions: Bool
    private let buckets: Int
    private let maxDistance: Int
    private let sharesProjections: Bool
    private let positionTypes: [String]
    private let hasPositionNorm: Bool
    /// The activation of the convolution beside the first layer; nil: there is none.
    private let convolution: String?

    var tokenizer: TokenizerDefaults { TokenizerDefaults(tokenTypes: max(1, encoder.tokenTypes), numbering: .masked) }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        encoder = try Encoder(
            c.defaulting("layer_norm_eps", to: .number("1e-7")), className: className, keepsHeads: keepsHeads,
            tokenTypes: c.index("type_vocab_size", default: 0), hasEmbeddingSize: true)
        hasPositions = try c.bool("position_biased_input", default: true)
        guard try c.bool("relative_attention", default: false) else { throw c.unsupported("relative_attention: false") }
        buckets = Self.positive(c, "position_buckets") ?? 0
        maxDistance = Self.positive(c, "max_relative_positions") ?? encoder.contextLength
        sharesProjections = try c.bool("share_att_key", default: false)
        positionTypes = try Self.positionTypes(c)
        let norms = try c.string("norm_rel_ebd", default: "none").split(separator: "|")
        hasPositionNorm = norms.contains { $0.filter { $0 != " " } == "layer_norm" }
        let pooler = try c.string("pooler_hidden_act", default: "gelu")
        guard encoder.head != .sequenceClass || pooler == "gelu" else {
            throw c.unsupported("a pooler_hidden_act of \(pooler.visible)")
        }
        switch try c.index("conv_kernel_size", default: 0) {
        case 0: convolution = nil
        case 3 where try c.size("conv_groups", default: 1) == 1:
            let activation = try c.string("conv_act", default: "tanh")
            guard ["tanh", "gelu"].contains(activation) else {
                throw c.unsupported("a conv_act of \(activation.visible)")
            }
            convolution = activation
        case let width: throw c.unsupported("a conv_kernel_size of \(width) or groups")
        }
    }

    /// A setting that is no number above 0 in files that do without.
    private static func positive(_ c: Configuration, _ key: String) -> Int? {
        guard let value = c.value[key]?.int, value > 0, value <= Int(Int32.max) else { return nil }
        return value
    }

    /// A list, or a string with `|`.
    private static func positionTypes(_ c: Configuration) throws(ConversionError) -> [String] {
        let value = c.value["pos_att_type"]
        let names =
            value?.items?.compactMap(\.string) ?? value?.string?.split(separator: "|").map(String.init) ?? []
        let types = names.map { String($0.filter { $0 != " " }).lowercased() }
        guard !types.isEmpty, types.allSatisfy({ $0 == "c2p" || $0 == "p2c" }) else {
            throw c.wrong("pos_att_type", "c2p, p2c or both")
        }
        return types.sorted()
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("attention.position_buckets", size: buckets)
        keys.set("attention.max_relative_positions", size: maxDistance)
        keys.set("attention.share_att_key", sharesProjections)
        keys.set("attention.position_types", positionTypes.joined(separator: "|"))
        if let convolution { keys.set("convolution_activation", convolution) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = encoder.hiddenSize
        try encoder.mapEmbeddings(&t, hasTypes: encoder.tokenTypes > 0, hasPositions: hasPositions, normSize: size)
        // Some checkpoints hold a table that the settings leave unused.
        t.leaveOut { $0 == "embeddings.position_embeddings.weight" }
        if encoder.embeddingSize != size {
            try t.linear("embd_proj", from: "embeddings.embed_proj", rows: size, columns: encoder.embeddingSize)
        }
        try t.add(
            "rel_embd.weight", from: "encoder.rel_embeddings.weight", [2 * (buckets > 0 ? buckets : maxDistance), size])
        if hasPositionNorm { try t.norm("rel_embd_norm", from: "encoder.LayerNorm", size: size, hasBias: true) }
        var names = Encoder.LayerNames()
        (names.query, names.key) = ("attention.self.query_proj", "attention.self.key_proj")
        names.value = "attention.self.value_proj"
        try encoder.mapLayers(&t, names)
        for layer in 0..<layers where !sharesProjections {
            let from = "encoder.layer.\(layer).attention.self."
            for (type, name, source) in [
                ("c2p", "attn_pos_k", "pos_key_proj"), ("p2c", "attn_pos_q", "pos_query_proj"),
            ]
            where positionTypes.contains(type) {
                try t.linear("blk.\(layer).\(name)", from: from + source, rows: size, columns: size)
            }
        }
        if convolution != nil {
            try t.add("conv.weight", from: "encoder.conv.conv.weight", [size, size, 3])
            try t.add("conv.bias", from: "encoder.conv.conv.bias", [size])
            try t.norm("conv_norm", from: "encoder.conv.LayerNorm", size: size, hasBias: true)
        }
        try mapHead(&t)
    }

    private func mapHead(_ t: inout TensorMap) throws(ConversionError) {
        switch encoder.head {
        case .none: break
        case .maskedToken where t.has("lm_predictions.lm_head.dense.weight"):
            let head = "lm_predictions.lm_head."
            try encoder.mapMaskedTokenHead(
                &t, dense: head + "dense", norm: head + "LayerNorm", output: head + "decoder", bias: head + "bias")
        case .maskedToken:
            let head = "cls.predictions."
            try encoder.mapMaskedTokenHead(
                &t, dense: head + "transform.dense", norm: head + "transform.LayerNorm", output: head + "decoder",
                bias: head + "bias")
        case .sequenceClass: try encoder.mapClassifier(&t, dense: "pooler.dense", output: "classifier")
        case .tokenClass: try encoder.mapClassifier(&t, dense: nil, output: "classifier")
        }
        t.leaveOut {
            $0.hasPrefix("pooler.dense.") || $0.hasPrefix("mask_predictions.")
                || (encoder.head != .maskedToken
                    && ($0.hasPrefix("lm_predictions.") || $0.hasPrefix("cls.predictions.")))
                || (encoder.head == .none && $0.hasPrefix("classifier."))
        }
    }
}
