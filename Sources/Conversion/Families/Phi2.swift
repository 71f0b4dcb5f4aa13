/// Phi-1, Phi-1.5 and Phi-2.
///
/// Source: `PhiForCausalLM` of `transformers`; llama.cpp's `conversion/phi.py`.
struct Phi2: DecoderFamily {
    static let classes = ["PhiForCausalLM"]
    let architecture = "phi2"
    let tokenizer = TokenizerDefaults(preTokenizer: "phi-2")
    let decoder: PlainDecoder
    private let rope: RotarySettings
    private let rotated: Int

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = PlainTraits(contextLength: 2_048)
        traits.norms = [("attn_norm", "input_layernorm")]
        (traits.output, traits.up, traits.down) = ("self_attn.dense", "mlp.fc1", "mlp.fc2")
        traits.norm = "final_layernorm"
        decoder = try PlainDecoder(c, className: className, traits)
        rope = try RotarySettings(c, defaultShare: 0.5)
        try rope.requirePlain(c, orPartial: true)
        rotated = try rope.rotated(of: decoder.headDimension, c)
        guard try !c.bool("qk_layernorm", default: false) else { throw c.unsupported("qk_layernorm: true") }
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys, rope, rotated: rotated) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
