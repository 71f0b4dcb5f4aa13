/// Qwen1.5-MoE and Qwen2-57B-A14B.
///
/// Source: `Qwen2MoeForCausalLM` of `transformers`; llama.cpp's `conversion/qwen.py`.
struct Qwen2MoE: DecoderFamily {
    static let classes = ["Qwen2MoeForCausalLM"]
    let architecture = "qwen2moe"
    let decoder: Decoder
    private let experts: ExpertSettings

    var expertCount: Int { experts.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className)
        try decoder.requirePlainRope(c)
        experts = try ExpertSettings(c, isNormalized: false, sharedSizeKey: "shared_expert_intermediate_size")
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        experts.describe(&keys)
        experts.describeSizes(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, experts: experts) }
}
