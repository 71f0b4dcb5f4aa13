/// GPT-NeoX and Pythia. Query, key and value are stored head by head, and written one after the other.
///
/// Source: `GPTNeoXForCausalLM` of `transformers`; llama.cpp's `conversion/gptneox.py`.
struct GPTNeoX: DecoderFamily {
    static let classes = ["GPTNeoXForCausalLM"]
    static let prefixes = ["gpt_neox."]
    let architecture = "gptneox"
    let decoder: PlainDecoder
    private let rope: RotarySettings
    private let rotated: Int
    private let isParallel: Bool

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let heads = try c.size("num_attention_heads")
        var traits = PlainTraits(embedding: "embed_in", norm: "final_layer_norm", heads: ["embed_out", "lm_head"])
        traits.projections = .fused(
            "attention.query_key_value", .fusedHeads(FusedHeads(queries: heads, keyValues: heads)))
        (traits.output, traits.up, traits.down) = ("attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h")
        (traits.activations, traits.keyValueHeads, traits.contextLength) = (["gelu"], heads, 2_048)
        decoder = try PlainDecoder(c, className: className, traits)
        rope = try RotarySettings(
            c, c.object("rope_parameters", "rope_scaling"), baseKey: "rotary_emb_base", shareKey: "rotary_pct",
            defaultShare: 0.25)
        try rope.requirePlain(c, orPartial: true)
        rotated = try rope.rotated(of: decoder.headDimension, c)
        isParallel = try c.bool("use_parallel_residual", default: true)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys, rope, rotated: rotated)
        keys.set("use_parallel_residual", isParallel)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
