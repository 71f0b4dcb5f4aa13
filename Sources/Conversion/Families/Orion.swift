/// Orion, whose configuration calls the epsilon of its LayerNorm that of an RMSNorm.
///
/// Source: `OrionForCausalLM` as it was published (`modeling_orion.py`); llama.cpp's `conversion/orion.py`.
struct Orion: DecoderFamily {
    static let classes = ["OrionForCausalLM"]
    let architecture = "orion"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(hasLayerNorm: true, epsilon: 1e-5))
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
