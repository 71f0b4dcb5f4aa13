/// ERNIE 4.5 without experts, whose query and key are stored as neighbouring pairs.
///
/// Source: `Ernie4_5ForCausalLM` of `transformers`; llama.cpp's `conversion/ernie.py`.
struct ERNIE4_5: Family {
    static let classes = ["Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"]
    static let prefixes = ["model."]
    let architecture = "ernie4_5"
    let tokenizer = TokenizerDefaults()
    private let decoder: Decoder

    var layers: Int { decoder.layers }
    var heads: Int { decoder.heads }
    var keyValueHeads: Int { decoder.keyValueHeads }
    var vocabularySize: Int { decoder.vocabularySize }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(epsilon: 1e-5, headDimension: 128, keyValueHeads: 2, contextLength: 131_072)
        traits.isTied = true
        decoder = try Decoder(c, className: className, traits, rope: RotarySettings(c, defaultBase: 500_000))
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
