/// GPT-J.
///
/// Source: `GPTJForCausalLM` of `transformers`.
struct GPTJ: DecoderFamily {
    static let classes = ["GPTJForCausalLM"]
    static let prefixes = ["transformer."]
    let architecture = "gptj"
    let tokenizer = TokenizerDefaults(preTokenizer: "gpt-2")
    let decoder: PlainDecoder
    private let rope: RotarySettings
    private let rotated: Int

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = PlainTraits(embedding: "wte", layers: "h", norm: "ln_f", contextLength: 2_048)
        traits.norms = [("attn_norm", "ln_1")]
        traits.projections = .apart(query: "attn.q_proj", key: "attn.k_proj", value: "attn.v_proj")
        (traits.output, traits.up, traits.down) = ("attn.out_proj", "mlp.fc_in", "mlp.fc_out")
        decoder = try PlainDecoder(c, className: className, traits)
        rope = try RotarySettings(c)
        rotated = try c.size("rotary_dim", default: decoder.headDimension)
        guard rotated % 2 == 0, rotated <= decoder.headDimension else {
            throw c.wrong("rotary_dim", "an even number up to \(decoder.headDimension)")
        }
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys, rope, rotated: rotated) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
