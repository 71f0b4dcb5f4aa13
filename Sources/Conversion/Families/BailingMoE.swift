/// Ling and Ring of the first generation. Query, key and value are one matrix; the rows of query and key are written as
/// neighbouring pairs.
///
/// Source: `BailingMoeForCausalLM` as it was published (`modeling_bailing_moe.py`); llama.cpp's `conversion/bailingmoe.py`.
struct BailingMoE: DecoderFamily {
    static let classes = ["BailingMoeForCausalLM"]
    let architecture = "bailingmoe"
    let decoder: Decoder
    private let mixture: MixtureSettings
    private let isNormalized: Bool

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(pairsHalves: true, fusion: .asWritten)
        traits.names = [
            "embed_tokens": "word_embeddings", "self_attn.qkv_proj": "attention.query_key_value",
            "self_attn.o_proj": "attention.dense",
        ]
        traits.dividesOutputColumns = try c.bool("norm_head", default: false)
        decoder = try Decoder(c, className: className, traits)
        try decoder.requirePlainRope(c)
        var mixture = try MixtureSettings(
            count: c.size("num_experts"), used: c.size("num_experts_per_tok"), size: c.size("moe_intermediate_size"), c)
        let shared = try c.index("num_shared_experts", default: 0)
        guard shared <= Int(Int32.max) / mixture.size else {
            throw c.wrong("num_shared_experts", "a number of experts")
        }
        mixture.sharedSize = shared * mixture.size
        mixture.leadingDense = try c.index("first_k_dense_replace", default: 0)
        self.mixture = mixture
        isNormalized = try c.bool("norm_topk_prob", default: true)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        keys.set("vocab_size", size: decoder.vocabularySize)
        mixture.describe(&keys)
        mixture.describeSharedCount(&keys)
        keys.set("expert_weights_scale", Float(1))
        keys.set("expert_weights_norm", isNormalized)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
