/// StableLM 2 and StableLM-3B.
///
/// Source: `StableLmForCausalLM` of `transformers`; llama.cpp's `conversion/stablelm.py`.
struct StableLM: DecoderFamily {
    static let classes = ["StableLmForCausalLM"]
    let architecture = "stablelm"
    let decoder: Decoder
    private let rotated: Int
    private let isParallel: Bool

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        isParallel = try c.bool("use_parallel_residual", default: false)
        var traits = DecoderTraits(norms: isParallel ? .shared : .before, hasLayerNorm: true, epsilon: 1e-5)
        if try c.bool("qk_layernorm", default: false) {
            traits.headNorms = .apart
            traits.names = ["self_attn.q_norm": "self_attn.q_layernorm", "self_attn.k_norm": "self_attn.k_layernorm"]
        }
        traits.contextLength = 4_096
        decoder = try Decoder(c, className: className, traits, rope: RotarySettings(c, defaultShare: 0.25))
        try decoder.requirePlainRope(c, orPartial: true)
        rotated = try decoder.rope.rotated(of: decoder.headDimension, c)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: rotated)
        keys.set("use_parallel_residual", isParallel)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
