/// Phi-3, Phi-3.5 and Phi-4. Every layer has the window that the configuration gives.
///
/// Source: `Phi3ForCausalLM` of `transformers`; llama.cpp's `conversion/phi.py`.
struct Phi3: DecoderFamily {
    static let classes = ["Phi3ForCausalLM"]
    let architecture = "phi3"
    let decoder: Decoder
    /// Of each head, the columns that rotate.
    private let rotated: Int
    private let window: Int?
    private let factors: (short: [Float], long: [Float])?

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(
            c, className: className, DecoderTraits(fusion: .asWritten, packsFeedForward: true, hasWindows: true))
        rotated = try decoder.rope.rotated(of: decoder.headDimension, c)
        window = c.has("sliding_window") ? try c.size("sliding_window") : nil
        factors = try decoder.rope.longFactors(pairs: rotated / 2)
        switch decoder.rope.scaling {
        case .none, .longrope: break
        default: throw c.unsupported("rope scaling of another kind than \"longrope\"")
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: rotated)
        keys.set("attention.sliding_window", size: window.map { $0 < decoder.contextLength ? $0 : 0 } ?? 0)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        guard let factors else { return }
        t.add("rope_factors_long.weight", values: factors.long)
        t.add("rope_factors_short.weight", values: factors.short)
    }
}
