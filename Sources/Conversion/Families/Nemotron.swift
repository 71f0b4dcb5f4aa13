/// Nemotron and Minitron. Norms' weights are written with the 1 that the class adds to them.
///
/// Source: `NemotronForCausalLM` of `transformers`; llama.cpp's `conversion/nemotron.py`.
struct Nemotron: DecoderFamily {
    static let classes = ["NemotronForCausalLM"]
    let architecture = "nemotron"
    let decoder: PlainDecoder
    private let rope: RotarySettings
    private let rotated: Int

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = PlainTraits(normOffset: 1, activations: ["relu2"], contextLength: 4_096)
        traits.feedForwardSize = try c.size("intermediate_size")
        decoder = try PlainDecoder(c, className: className, traits)
        rope = try RotarySettings(
            c, shareKey: c.has("rope_percent") ? "rope_percent" : "partial_rotary_factor", defaultShare: 0.5)
        try rope.requirePlain(c, orPartial: true)
        rotated = try rope.rotated(of: decoder.headDimension, c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys, rope, rotated: rotated) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
