/// Qwen3-30B-A3B and its like.
///
/// Source: `Qwen3MoeForCausalLM` of `transformers`; llama.cpp's `conversion/qwen.py`.
struct Qwen3MoE: Family {
    static let classes = ["Qwen3MoeForCausalLM"]
    static let prefixes = ["model."]
    let architecture = "qwen3moe"
    let tokenizer = TokenizerDefaults()
    private let decoder: Decoder
    private let experts: ExpertSettings

    var layers: Int { decoder.layers }
    var heads: Int { decoder.heads }
    var keyValueHeads: Int { decoder.keyValueHeads }
    var expertCount: Int { experts.count }
    var vocabularySize: Int { decoder.vocabularySize }

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
