internal import JSON

/// Of Qwen3.5 and its mixtures of experts, the part that reads text, without the layers for drafts.
///
/// Source: `Qwen3_5ForConditionalGeneration`, `Qwen3_5MoeForConditionalGeneration` and their `ForCausalLM` of `transformers`;
/// llama.cpp's `conversion/qwen.py`.
struct Qwen35: DecoderFamily {
    static let classes = [
        "Qwen3_5ForCausalLM", "Qwen3_5ForConditionalGeneration", "Qwen3_5MoeForCausalLM",
        "Qwen3_5MoeForConditionalGeneration",
    ]
    static let prefixes = ["model.language_model.", "language_model.", "model."]
    let architecture: String
    private let settings: DeltaNetSettings
    /// Nil: each layer has a feed-forward.
    private let experts: ExpertSettings?
    /// Pairs of a head that rotate by the time, the row, the column and nothing else.
    private let sections: [UInt32]

    var decoder: Decoder { settings.decoder }
    var expertCount: Int { experts?.count ?? 0 }

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let hasExperts = className.hasPrefix("Qwen3_5Moe")
        architecture = hasExperts ? "qwen35moe" : "qwen35"
        let c = try whole.object("text_config") ?? whole
        settings = try DeltaNetSettings(
            c, className: className, isTiled: true,
            feedForwardKey: hasExperts ? "moe_intermediate_size" : "intermediate_size",
            isTied: whole.bool("tie_word_embeddings", default: false))
        experts =
            hasExperts
            ? try ExpertSettings(
                c, isNormalized: true, isNormalizedByDefault: true, sharedSizeKey: "shared_expert_intermediate_size")
            : nil
        sections = try Self.sections(c)
    }

    private static func sections(_ c: Configuration) throws(ConversionError) -> [UInt32] {
        let usual: [UInt32] = [11, 11, 10, 0]
        guard let given = try c.object("rope_parameters", "rope_scaling")?.find(["mrope_section"]) else { return usual }
        let numbers = given.value.items?.compactMap(\.int) ?? []
        guard numbers.count == 3, numbers.allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
            throw c.wrong("mrope_section", "three numbers")
        }
        return numbers.map { UInt32($0) } + [0]
    }

    func describe(_ keys: inout ArchitectureKeys) {
        settings.describe(&keys)
        keys.set("rope.dimension_sections", sections)
        experts?.describe(&keys)
        experts?.describeSizes(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try settings.map(&t, experts: experts) }
}
