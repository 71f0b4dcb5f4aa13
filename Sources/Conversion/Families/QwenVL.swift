internal import JSON

/// Of Qwen2-VL, Qwen2.5-VL and Qwen3-VL, the part that reads text.
///
/// Source: `Qwen2VLForConditionalGeneration` and its successors in `transformers`; llama.cpp's `conversion/qwenvl.py`.
struct QwenVL: DecoderFamily {
    static let classes = [
        "Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration", "Qwen3VLForConditionalGeneration",
    ]
    static let prefixes = ["model.language_model.", "language_model.", "model."]
    let architecture: String
    let decoder: Decoder
    /// Pairs of a head that rotate by the time, the row, the column and nothing else.
    private let sections: [UInt32]
    /// Layers of the part that sees whose states are added to those of the first layers; nil: no such key.
    private let deepLayers: Int?

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let isThird = className.hasPrefix("Qwen3")
        architecture = isThird ? "qwen3vl" : "qwen2vl"
        // Old files have the settings of text among the others.
        let text = try whole.object("text_config")
        let c = text ?? whole
        var traits = DecoderTraits(headNorms: isThird ? .each : .none)
        if isThird { traits.headDimension = 128 }
        traits.isTied = try whole.bool("tie_word_embeddings", default: false)
        let parameters = try c.object("rope_parameters", "rope_scaling")
        let rope = try RotarySettings(c, parameters, defaultBase: isThird ? 5_000_000 : 1_000_000)
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c)
        let pairs = decoder.headDimension / 2
        let numbers = parameters?.find(["mrope_section"])?.value.items?.compactMap(\.int) ?? []
        guard numbers.count == 3, numbers.allSatisfy({ (0...pairs).contains($0) }), numbers.reduce(0, +) == pairs else {
            throw c.wrong("mrope_section", "three numbers whose sum is \(pairs)")
        }
        sections = numbers.map { UInt32($0) } + [0]
        let vision = try whole.object("vision_config")
        deepLayers =
            isThird ? vision?.find(["deepstack_visual_indexes"])?.value.items?.count ?? 0 : nil
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_sections", sections)
        if let deepLayers { keys.set("n_deepstack_layers", UInt32(clamping: deepLayers)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        t.leaveOut { $0.hasPrefix("visual.") || $0.hasPrefix("model.visual.") }
    }
}
