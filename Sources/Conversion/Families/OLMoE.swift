/// OLMoE.
///
/// Source: `OlmoeForCausalLM` of `transformers`; llama.cpp's `conversion/olmo.py`.
struct OLMoE: DecoderFamily {
    static let classes = ["OlmoeForCausalLM"]
    let architecture = "olmoe"
    let decoder: Decoder
    private let mixture: MixtureSettings

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(headNorms: .all))
        try decoder.requirePlainRope(c)
        mixture = try MixtureSettings(
            count: c.size("num_experts"), used: c.size("num_experts_per_tok"), size: decoder.feedForwardSize, c)
        if try c.bool("norm_topk_prob", default: false) { throw c.unsupported("norm_topk_prob: true") }
        if c.has("clip_qkv") { throw c.unsupported("clip_qkv") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        mixture.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
