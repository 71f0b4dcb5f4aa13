/// Seed-OSS.
///
/// Source: `SeedOssForCausalLM` of `transformers`; llama.cpp's `conversion/seed_oss.py`.
struct SeedOSS: DecoderFamily {
    static let classes = ["SeedOssForCausalLM"]
    let architecture = "seed_oss"
    let tokenizer = TokenizerDefaults(preTokenizer: "seed-coder")
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(headDimension: 128, keyValueHeads: 8, contextLength: 524_288)
        traits.norms = DecoderTraits.Norms([
            ("attn_norm", "input_layernorm"), ("post_attention_norm", "post_attention_layernorm"),
        ])
        decoder = try Decoder(c, className: className, traits)
        try decoder.requirePlainRope(c)
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
