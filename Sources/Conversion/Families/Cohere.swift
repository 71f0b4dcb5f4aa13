/// Command R and Command R7B, Aya.
///
/// Source: `CohereForCausalLM` and `Cohere2ForCausalLM` of `transformers`; llama.cpp's `conversion/command_r.py`.
struct Cohere: DecoderFamily {
    static let classes = ["CohereForCausalLM", "Cohere2ForCausalLM"]
    let architecture: String
    let decoder: Decoder
    private let logitScale: Double
    /// Nil: every layer sees all.
    private let windows: WindowSettings?

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let hasWindows = className.hasPrefix("Cohere2")
        architecture = hasWindows ? "cohere2" : "command-r"
        var traits = DecoderTraits(norms: .shared, hasLayerNorm: true, epsilon: 1e-5, hasWindows: true)
        if try c.bool("use_qk_norm", default: false) { traits.headNorms = .rows }
        (traits.contextLength, traits.isTied) = (8_192, true)
        let rope = try RotarySettings(c, defaultBase: hasWindows ? 10_000 : 500_000)
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c)
        logitScale = try c.number("logit_scale", default: 0.0625)
        windows =
            hasWindows
            ? try WindowSettings(
                c, layers: decoder.layers, periodKey: "sliding_window_pattern", usualPeriod: 4) : nil
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        keys.set("logit_scale", Float(logitScale))
        windows?.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
