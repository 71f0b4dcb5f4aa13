/// Gemma 3, of models that see images the part that reads text.
///
/// Source: `Gemma3ForCausalLM` and `Gemma3ForConditionalGeneration` of `transformers`; llama.cpp's `conversion/gemma.py`.
struct Gemma3: DecoderFamily {
    static let classes = ["Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"]
    static let prefixes = ["model.language_model.", "language_model.model.", "language_model.", "model."]
    let architecture = "gemma3"
    let decoder: Decoder
    private let windows: WindowSettings
    private let localRope: RotarySettings
    /// 0: none.
    private let logitCap: Double

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let text = try whole.object("text_config")
        let c = text ?? whole
        let gemma = try Gemma3Settings(c, className: className)
        (decoder, windows, localRope) = (gemma.decoder, gemma.windows, gemma.localRope)
        logitCap = try c.number("final_logit_softcapping", default: 0)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        windows.describe(&keys)
        keys.set("rope.freq_base_swa", Float(localRope.base))
        if logitCap > 0 { keys.set("final_logit_softcapping", Float(logitCap)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        t.leaveOut { $0.hasPrefix("vision_tower.") || $0.hasPrefix("multi_modal_projector.") }
    }
}

/// What Gemma 3 and EmbeddingGemma have in common.
struct Gemma3Settings {
    /// Models that see images leave out what the class assumes.
    private static let traits = DecoderTraits(
        headNorms: .each, norms: .around, normOffset: 1, hasWindows: true, activations: ["gelu_pytorch_tanh"],
        headDimension: 256, heads: 8, keyValueHeads: 4, vocabularySize: 262_208, contextLength: 131_072, isTied: true)

    let decoder: Decoder
    let windows: WindowSettings
    let localRope: RotarySettings

    init(_ c: Configuration, className: String, isBidirectional: Bool = false) throws(ConversionError) {
        let kinds = try c.object("rope_parameters")
        let full = if let kinds { try kinds.object("full_attention") } else { try c.object("rope_scaling") }
        let local: Configuration? = if let kinds { try kinds.object("sliding_attention") } else { nil }
        let rope = try RotarySettings(c, full, defaultBase: 1_000_000)
        localRope = try RotarySettings(c, local, baseKey: "rope_local_base_freq")
        guard case .none = localRope.scaling else { throw c.unsupported("rope scaling of layers with a window") }
        decoder = try Decoder(c, className: className, Self.traits, rope: rope)
        try decoder.requirePlainRope(c)
        try decoder.requireGemma(c, isBidirectional: isBidirectional)
        // No layer of an embedder is an exception.
        try decoder.requireUsualScale(c, exceptionLayers: isBidirectional ? 0 : 62)
        windows = try WindowSettings(c, layers: decoder.layers, periodKey: "sliding_window_pattern", usualPeriod: 6)
        guard !c.has("attn_logit_softcapping") else { throw c.unsupported("attn_logit_softcapping") }
    }
}
