/// EXAONE 4.0.
///
/// Source: `Exaone4ForCausalLM` of `transformers`; llama.cpp's `conversion/exaone.py`.
struct EXAONE4: DecoderFamily {
    static let classes = ["Exaone4ForCausalLM"]
    let architecture = "exaone4"
    let tokenizer = TokenizerDefaults(preTokenizer: "exaone4")
    let decoder: Decoder
    /// Nil: every layer sees all.
    private let windows: WindowSettings?

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let traits = DecoderTraits(headNorms: .each, norms: .behind, epsilon: 1e-5, hasWindows: true)
        decoder = try Decoder(c, className: className, traits)
        try decoder.requirePlainRope(c, orLlama3: true)
        windows =
            c.has("sliding_window")
            ? try WindowSettings(
                c, layers: decoder.layers, periodKey: "sliding_window_pattern", usualPeriod: 4) : nil
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        windows?.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        if let factors = decoder.rope.frequencyFactors(dimension: decoder.headDimension) {
            t.add("rope_freqs.weight", values: factors)
        }
    }
}
