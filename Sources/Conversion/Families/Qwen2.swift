/// Qwen2 and Qwen2.5.
///
/// Source: `Qwen2ForCausalLM` of `transformers`; llama.cpp's `conversion/qwen.py`.
struct Qwen2: DecoderFamily {
    static let classes = ["Qwen2ForCausalLM", "Qwen2Model"]
    let architecture = "qwen2"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className)
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
