/// OLMo 2 and OLMo 3.
///
/// Source: `Olmo2ForCausalLM` and `Olmo3ForCausalLM` of `transformers`; llama.cpp's `conversion/olmo.py`.
struct OLMo2: DecoderFamily {
    static let classes = ["Olmo2ForCausalLM", "Olmo3ForCausalLM"]
    let architecture = "olmo2"
    let decoder: Decoder
    /// Nil: every layer sees all.
    private let windows: WindowSettings?

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let traits = DecoderTraits(headNorms: .all, norms: .behind, hasWindows: true)
        let kinds = try c.object("rope_parameters")
        let full: Configuration? = if let kinds { try kinds.object("full_attention") } else { nil }
        let rope: RotarySettings? = if let full { try RotarySettings(c, full) } else { nil }
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c)
        if let kinds, full != nil {
            let local = try RotarySettings(c, kinds.object("sliding_attention"))
            guard case .none = local.scaling, local.base == decoder.rope.base else {
                throw c.unsupported("a rope of layers with a window that is not the plain one")
            }
        }
        windows =
            if className.hasPrefix("Olmo3") {
                try WindowSettings(c, layers: decoder.layers, periodKey: "sliding_window_pattern", usualPeriod: 4)
            } else {
                nil
            }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        windows?.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
