/// EXAONE 3.0 and 3.5.
///
/// Source: `ExaoneForCausalLM`, whose tensors and settings `transformers` knows as Llama's by other names; llama.cpp's
/// `conversion/exaone.py`.
struct EXAONE: DecoderFamily {
    static let classes = ["ExaoneForCausalLM"]
    static let prefixes = ["transformer."]
    let architecture = "exaone"
    let tokenizer = TokenizerDefaults(preTokenizer: "exaone")
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(epsilon: 1e-5, keyValueHeads: 8)
        traits.names = [
            "embed_tokens": "wte", "layers": "h", "norm": "ln_f", "input_layernorm": "ln_1",
            "post_attention_layernorm": "ln_2", "self_attn.o_proj": "attn.attention.out_proj",
            "mlp.gate_proj": "mlp.c_fc_0", "mlp.up_proj": "mlp.c_fc_1", "mlp.down_proj": "mlp.c_proj",
        ]
        for name in ["q_proj", "k_proj", "v_proj"] { traits.names["self_attn." + name] = "attn.attention." + name }
        decoder = try Decoder(c, className: className, traits, rope: RotarySettings(c, defaultBase: 500_000))
        try decoder.requirePlainRope(c, orLlama3: true)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        if let factors = decoder.rope.frequencyFactors(dimension: decoder.headDimension) {
            t.add("rope_freqs.weight", values: factors)
        }
    }
}
