/// ERNIE 4.5 without experts, whose query and key are stored as neighbouring pairs.
///
/// Source: `Ernie4_5ForCausalLM` of `transformers`; llama.cpp's `conversion/ernie.py`.
struct ERNIE4_5: DecoderFamily {
    static let classes = ["Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"]
    let architecture = "ernie4_5"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(epsilon: 1e-5, headDimension: 128, keyValueHeads: 2, contextLength: 131_072)
        traits.isTied = true
        decoder = try Decoder(c, className: className, traits, rope: RotarySettings(c, defaultBase: 500_000))
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
