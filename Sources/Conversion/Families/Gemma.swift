/// Gemma. Norms' weights are written with the 1 that the class adds to them, as this architecture's files have them.
///
/// Source: `GemmaForCausalLM` of `transformers`; llama.cpp's `conversion/gemma.py`.
struct Gemma: DecoderFamily {
    static let classes = ["GemmaForCausalLM", "GemmaModel"]
    /// Files of the first models say `gelu` and mean its tanh form.
    static let traits = DecoderTraits(
        normOffset: 1, activations: ["gelu_pytorch_tanh", "gelu"], headDimension: 256, contextLength: 8_192,
        isTied: true)
    let architecture = "gemma"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, Self.traits)
        try decoder.requirePlainRope(c)
        try decoder.requireGemma(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}

extension Decoder {
    /// What files of Gemma's architectures cannot say.
    func requireGemma(_ c: Configuration, isBidirectional: Bool = false) throws(ConversionError) {
        guard isTied else { throw c.unsupported("tie_word_embeddings: false") }
        guard try c.bool("use_bidirectional_attention", default: isBidirectional) == isBidirectional else {
            throw c.unsupported("use_bidirectional_attention: \(!isBidirectional)")
        }
    }

    /// Files have no scale of scores: readers know the one model that divides by another root than the head's by its layers.
    func requireUsualScale(_ c: Configuration, exceptionLayers: Int) throws(ConversionError) {
        let usual = layers == exceptionLayers ? hiddenSize / heads : headDimension
        let scalar = try c.number("query_pre_attn_scalar", default: 256)
        guard scalar == Double(usual) else {
            throw c.unsupported("a query_pre_attn_scalar of \(scalar) instead of \(usual)")
        }
    }
}
