internal import JSON

/// SmolLM3. The rows of query and key are written as neighbouring pairs.
///
/// Source: `SmolLM3ForCausalLM` of `transformers`; llama.cpp's `conversion/smolvlm.py`.
struct SmolLM3: DecoderFamily {
    static let classes = ["SmolLM3ForCausalLM"]
    let architecture = "smollm3"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(pairsHalves: true, isTied: true))
        try decoder.requirePlainRope(c)
        // Readers know which layers do not rotate: each fourth.
        guard let rotates = c.find(["no_rope_layers"])?.value.items else { return }
        let usual = (0..<decoder.layers).map { ($0 + 1) % 4 == 0 ? 0 : 1 }
        guard rotates.map(\.int) == usual else { throw c.unsupported("no_rope_layers other than each fourth") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
