/// StarCoder and other models of GPT-2 with multi-query attention.
///
/// Source: `GPTBigCodeForCausalLM` of `transformers`; llama.cpp's `conversion/starcoder.py`.
struct StarCoder: DecoderFamily {
    static let classes = ["GPTBigCodeForCausalLM"]
    static let prefixes = ["transformer."]
    let architecture = "starcoder"
    let tokenizer = TokenizerDefaults(preTokenizer: "starcoder")
    let decoder: PlainDecoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let heads = try c.size("n_head", "num_attention_heads")
        let isMultiQuery = try c.bool("multi_query", default: true)
        var traits = PlainTraits(embedding: "wte", positions: "wpe", layers: "h", norm: "ln_f")
        traits.norms = [("attn_norm", "ln_1"), ("ffn_norm", "ln_2")]
        traits.projections = .fused(
            "attn.c_attn", isMultiQuery ? .stored : .fusedHeads(FusedHeads(queries: heads, keyValues: heads)))
        (traits.output, traits.up, traits.down) = ("attn.c_proj", "mlp.c_fc", "mlp.c_proj")
        (traits.keyValueHeads, traits.isTied) = (isMultiQuery ? 1 : heads, true)
        traits.activations = ["gelu_pytorch_tanh", "gelu_new"]
        decoder = try PlainDecoder(c, className: className, traits)
        for (key, usual) in [("scale_attn_weights", true), ("add_cross_attention", false)] {
            guard try c.bool(key, default: usual) == usual else { throw c.unsupported("\(key): \(!usual)") }
        }
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
