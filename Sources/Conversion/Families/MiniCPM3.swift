/// MiniCPM3.
///
/// Source: `MiniCPM3ForCausalLM` of `transformers`; llama.cpp's `conversion/minicpm.py`.
struct MiniCPM3: DecoderFamily {
    static let classes = ["MiniCPM3ForCausalLM"]
    let architecture = "minicpm3"
    let decoder: Decoder
    private let latent: LatentSettings

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(headDimension: 64, isTied: true))
        latent = try LatentSettings(c, isCompressed: false)
        if case .llama3 = decoder.rope.scaling { throw c.unsupported("rope scaling of the kind \"llama3\"") }
        // The file has no keys for these.
        for (key, usual) in [("scale_emb", 12.0), ("scale_depth", 1.4), ("dim_model_base", 256)]
        where try c.number(key, default: usual) != usual {
            throw c.unsupported("\(key) other than \(usual)")
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        latent.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t, latent: latent)
        guard let factors = try decoder.rope.longFactors(pairs: latent.rotated / 2) else { return }
        t.add("rope_factors_long.weight", values: factors.long)
        t.add("rope_factors_short.weight", values: factors.short)
    }
}
