/// Gemma 2.
///
/// Source: `Gemma2ForCausalLM` of `transformers`; llama.cpp's `conversion/gemma.py`.
struct Gemma2: DecoderFamily {
    static let classes = ["Gemma2ForCausalLM", "Gemma2Model"]
    static let traits = DecoderTraits(
        norms: .around, normOffset: 1, hasWindows: true, activations: ["gelu_pytorch_tanh"], headDimension: 256,
        contextLength: 8_192, isTied: true)
    let architecture = "gemma2"
    let decoder: Decoder
    private let windows: WindowSettings
    /// 0: none.
    private let scoreCap: Double
    private let logitCap: Double

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, Self.traits)
        try decoder.requirePlainRope(c)
        try decoder.requireGemma(c)
        try decoder.requireUsualScale(c, exceptionLayers: 46)
        windows = try WindowSettings(c, layers: decoder.layers, periodKey: "sliding_window_pattern", usualPeriod: 2)
        scoreCap = try c.number("attn_logit_softcapping", default: 0)
        logitCap = try c.number("final_logit_softcapping", default: 0)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        windows.describe(&keys)
        keys.set("attn_logit_softcapping", Float(scoreCap))
        keys.set("final_logit_softcapping", Float(logitCap))
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
