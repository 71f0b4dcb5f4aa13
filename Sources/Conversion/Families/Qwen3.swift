/// Qwen3, and the embedding models made of it.
///
/// Source: `Qwen3ForCausalLM` of `transformers`; llama.cpp's `conversion/qwen.py`.
struct Qwen3: DecoderFamily {
    static let classes = ["Qwen3ForCausalLM", "Qwen3Model"]
    let architecture = "qwen3"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(headNorms: .each))
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
