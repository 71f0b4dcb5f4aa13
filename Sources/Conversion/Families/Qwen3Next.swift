/// Qwen3-Next, without the layer for drafts.
///
/// Source: `Qwen3NextForCausalLM` of `transformers`; llama.cpp's `conversion/qwen.py`.
struct Qwen3Next: DecoderFamily {
    static let classes = ["Qwen3NextForCausalLM"]
    let architecture = "qwen3next"
    private let settings: DeltaNetSettings
    private let experts: ExpertSettings

    var decoder: Decoder { settings.decoder }
    var expertCount: Int { experts.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        settings = try DeltaNetSettings(c, className: className, isTiled: false)
        experts = try ExpertSettings(
            c, isNormalized: true, isNormalizedByDefault: true, sharedSizeKey: "shared_expert_intermediate_size")
    }

    func describe(_ keys: inout ArchitectureKeys) {
        settings.describe(&keys)
        experts.describe(&keys)
        experts.describeSizes(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try settings.map(&t, experts: experts) }
}
