/// Qwen2 and Qwen2.5.
///
/// Source: `Qwen2ForCausalLM` of `transformers`; llama.cpp's `conversion/qwen.py`.
struct Qwen2: Family {
    static let classes = ["Qwen2ForCausalLM", "Qwen2Model"]
    static let prefixes = ["model."]
    let architecture = "qwen2"
    let tokenizer = TokenizerDefaults()
    private let decoder: Decoder

    var layers: Int { decoder.layers }
    var heads: Int { decoder.heads }
    var keyValueHeads: Int { decoder.keyValueHeads }
    var vocabularySize: Int { decoder.vocabularySize }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className)
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
