/// Granite 3 and 4 without experts. The rows of query and key are written as neighbouring pairs.
///
/// Source: `GraniteForCausalLM` of `transformers`; llama.cpp's `conversion/granite.py`.
struct Granite: Family {
    static let classes = ["GraniteForCausalLM", "GraniteModel"]
    static let prefixes = ["model."]
    let architecture = "granite"
    let tokenizer = TokenizerDefaults()
    private let decoder: Decoder
    private let factors: [(key: String, value: Double)]

    var layers: Int { decoder.layers }
    var heads: Int { decoder.heads }
    var keyValueHeads: Int { decoder.keyValueHeads }
    var vocabularySize: Int { decoder.vocabularySize }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(pairsHalves: true))
        try decoder.requirePlainRope(c)
        var factors: [(key: String, value: Double)] = []
        for (key, setting) in [
            ("attention.scale", "attention_multiplier"), ("embedding_scale", "embedding_multiplier"),
            ("residual_scale", "residual_multiplier"), ("logit_scale", "logits_scaling"),
        ] {
            let value = try c.number(setting, default: 1)
            guard value > 0 else { throw c.wrong(setting, "more than 0") }
            factors.append((key, value))
        }
        self.factors = factors
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        for (key, value) in factors { keys.set(key, Float(value)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
