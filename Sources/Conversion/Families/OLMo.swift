/// OLMo. The rows of query and key are written as neighbouring pairs.
///
/// Source: `OlmoForCausalLM` of `transformers`; llama.cpp's `conversion/olmo.py`.
struct OLMo: DecoderFamily {
    static let classes = ["OlmoForCausalLM"]
    let architecture = "olmo"
    let tokenizer = TokenizerDefaults(preTokenizer: "olmo")
    let decoder: Decoder
    /// 0: none.
    private let limit: Double

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(pairsHalves: true, hasLayerNorm: true, hasNormWeights: false)
        // No setting: the class has this one.
        traits.epsilon = 1e-5
        decoder = try Decoder(c, className: className, traits)
        try decoder.requirePlainRope(c)
        limit = try c.number("clip_qkv", default: 0)
        guard limit >= 0 else { throw c.wrong("clip_qkv", "0 or more") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        if limit > 0 { keys.set("attention.clamp_kqv", Float(limit)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
