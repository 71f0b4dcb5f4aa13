/// CodeShell: StarCoder 2 with the names of GPT-2.
///
/// Source: `CodeShellForCausalLM` as it was published (`modeling_codeshell.py`); llama.cpp's `conversion/codeshell.py`.
struct CodeShell: DecoderFamily {
    static let classes = ["CodeShellForCausalLM"]
    static let prefixes = ["transformer."]
    let architecture = "codeshell"
    let tokenizer = TokenizerDefaults(preTokenizer: "codeshell")
    let decoder: PlainDecoder
    private let rope: RotarySettings

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = PlainTraits(embedding: "wte", layers: "h", norm: "ln_f")
        traits.norms = [("attn_norm", "ln_1"), ("ffn_norm", "ln_2")]
        traits.projections = .fused("attn.c_attn", .stored)
        (traits.output, traits.up, traits.down) = ("attn.c_proj", "mlp.c_fc", "mlp.c_proj")
        traits.activations = ["gelu_pytorch_tanh", "gelu_new"]
        let isGrouped = try c.bool("group_query_attention", default: true)
        traits.keyValueHeads = isGrouped ? try c.size("num_query_groups") : try c.size("n_head")
        decoder = try PlainDecoder(c, className: className, traits)
        rope = try RotarySettings(c)
        try rope.requirePlain(c)
        let positions = try c.string("position_embedding_type", default: "rope")
        guard positions == "rope" else { throw c.unsupported("positions of the kind \(positions.visible)") }
        guard try c.bool("scale_attn_weights", default: true) else { throw c.unsupported("scale_attn_weights: false") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys, rope, rotated: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
