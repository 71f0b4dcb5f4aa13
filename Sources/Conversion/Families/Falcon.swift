/// Falcon 7B to 180B. Query, key and value are stored group by group, and written one after the other.
///
/// Source: `FalconForCausalLM` of `transformers`; llama.cpp's `conversion/falcon.py`.
struct Falcon: DecoderFamily {
    static let classes = ["FalconForCausalLM"]
    static let prefixes = ["transformer."]
    let architecture = "falcon"
    let tokenizer = TokenizerDefaults(preTokenizer: "falcon")
    let decoder: PlainDecoder
    private let rope: RotarySettings

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let isNew = try c.bool("new_decoder_architecture", default: false)
        // The new architecture passes over the second.
        for (key, usual) in [("alibi", false), ("parallel_attn", true)] where !isNew || key == "alibi" {
            guard try c.bool(key, default: usual) == usual else { throw c.unsupported("\(key): \(!usual)") }
        }
        let heads = try c.size("num_attention_heads", "n_head")
        var traits = PlainTraits(embedding: "word_embeddings", layers: "h", norm: "ln_f", contextLength: 2_048)
        if isNew {
            traits.keyValueHeads = try c.size("num_kv_heads", "n_head_kv", default: heads)
        } else {
            traits.keyValueHeads = try c.bool("multi_query", default: true) ? 1 : heads
        }
        let groups = traits.keyValueHeads ?? heads
        guard heads % groups == 0 else { throw c.wrong("num_kv_heads", "a divisor of \(heads)") }
        let norms = try c.size("num_ln_in_parallel_attn", default: 2)
        traits.norms =
            isNew && norms == 2
            ? [("attn_norm", "ln_mlp"), ("attn_norm_2", "ln_attn")] : [("attn_norm", "input_layernorm")]
        traits.projections = .fused(
            "self_attention.query_key_value", .fusedHeads(FusedHeads(queries: heads, keyValues: groups)))
        (traits.output, traits.up, traits.down) = (
            "self_attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"
        )
        (traits.activations, traits.isTied) = (["gelu"], true)
        decoder = try PlainDecoder(c, className: className, traits)
        rope = try RotarySettings(c)
        try rope.requirePlain(c)
        guard decoder.headDimension % 2 == 0 else { throw c.wrong("num_attention_heads", "heads of an even size") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys, rope, rotated: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
