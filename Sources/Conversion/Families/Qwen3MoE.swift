/// Qwen3-30B-A3B and its like.
///
/// Source: `Qwen3MoeForCausalLM` of `transformers`; llama.cpp's `conversion/qwen.py`.
struct Qwen3MoE: DecoderFamily {
    static let classes = ["Qwen3MoeForCausalLM"]
    let architecture = "qwen3moe"
    let decoder: Decoder
    private let experts: ExpertSettings

    var expertCount: Int { experts.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(headNorms: .each))
        try decoder.requirePlainRope(c)
        experts = try ExpertSettings(c, isNormalized: true)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        experts.describe(&keys)
        experts.describeSizes(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, experts: experts) }
}
