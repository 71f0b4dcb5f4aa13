/// BLOOM and BLOOMZ. Query, key and value are stored head by head, and written one after the other.
///
/// Source: `BloomForCausalLM` of `transformers`; llama.cpp's `conversion/bloom.py`.
struct Bloom: DecoderFamily {
    static let classes = ["BloomForCausalLM", "BloomModel"]
    static let prefixes = ["transformer."]
    let architecture = "bloom"
    let tokenizer = TokenizerDefaults(preTokenizer: "bloom")
    let decoder: PlainDecoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let heads = try c.size("n_head", "num_attention_heads")
        var traits = PlainTraits(embedding: "word_embeddings", layers: "h", norm: "ln_f")
        traits.projections = .fused(
            "self_attention.query_key_value", .fusedHeads(FusedHeads(queries: heads, keyValues: heads)))
        (traits.output, traits.up, traits.down) = (
            "self_attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"
        )
        (traits.keyValueHeads, traits.contextLength, traits.isTied) = (heads, 2_048, true)
        decoder = try PlainDecoder(c, className: className, traits)
        let key = "apply_residual_connection_post_layernorm"
        guard try !c.bool(key, default: false) else { throw c.unsupported("\(key): true") }
    }

    func describe(_ keys: inout ArchitectureKeys) { decoder.describe(&keys) }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.norm(&t, "token_embd_norm", from: "word_embeddings_layernorm")
        try decoder.map(&t)
    }
}
