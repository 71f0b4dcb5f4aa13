/// MPT.
///
/// Source: `MptForCausalLM` of `transformers`; llama.cpp's `conversion/mpt.py`.
struct MPT: DecoderFamily {
    static let classes = ["MptForCausalLM", "MPTForCausalLM"]
    static let prefixes = ["transformer."]
    let architecture = "mpt"
    let tokenizer = TokenizerDefaults(preTokenizer: "mpt")
    let decoder: PlainDecoder
    /// 0: none.
    private let alibi: Double
    private let limit: Double

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let attention = try c.object("attn_config")
        let ratio = try c.size("expansion_ratio", default: 4)
        var traits = PlainTraits(embedding: "wte", layers: "blocks", norm: "norm_f")
        traits.norms = [("attn_norm", "norm_1"), ("ffn_norm", "norm_2")]
        traits.projections = .fused("attn.Wqkv", .stored)
        (traits.output, traits.up, traits.down) = ("attn.out_proj", "ffn.up_proj", "ffn.down_proj")
        (traits.activations, traits.contextLength, traits.isTied) = (["gelu"], 2_048, true)
        let (size, isTooLarge) = try c.size("d_model").multipliedReportingOverflow(by: ratio)
        guard !isTooLarge else { throw c.wrong("expansion_ratio", "a small number") }
        traits.feedForwardSize = size
        alibi =
            if try attention?.bool("alibi", default: true) ?? true {
                try attention?.number("alibi_bias_max", default: 8) ?? 8
            } else {
                0
            }
        if alibi == 0 { traits.positions = "wpe" }
        decoder = try PlainDecoder(c, className: className, traits)
        limit = try attention?.number("clip_qkv", default: 0) ?? 0
        guard alibi >= 0, limit >= 0 else { throw c.wrong("attn_config", "bounds that are not below 0") }
        if let attention {
            guard try !attention.bool("qk_ln", default: false) else { throw c.unsupported("qk_ln: true") }
            guard !attention.has("softmax_scale") else { throw c.unsupported("a softmax_scale") }
        }
        guard !c.has("logit_scale") else { throw c.unsupported("a logit_scale") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("attention.max_alibi_bias", Float(alibi))
        if limit > 0 { keys.set("attention.clamp_kqv", Float(limit)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
