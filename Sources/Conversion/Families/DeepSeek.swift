/// DeepSeek's first mixtures of experts. The rows of query and key are written as neighbouring pairs.
///
/// Source: `DeepseekForCausalLM` as it was published (`modeling_deepseek.py`); llama.cpp's `conversion/deepseek.py`.
struct DeepSeek: DecoderFamily {
    static let classes = ["DeepseekForCausalLM"]
    let architecture = "deepseek"
    let decoder: Decoder
    private let mixture: MixtureSettings

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(pairsHalves: true))
        try decoder.requirePlainRope(c)
        var mixture = try MixtureSettings(
            count: c.size("n_routed_experts"), used: c.size("num_experts_per_tok"),
            size: c.size("moe_intermediate_size"), c)
        let shared = try c.index("n_shared_experts", default: 0)
        guard shared <= Int(Int32.max) / mixture.size else { throw c.wrong("n_shared_experts", "a number of experts") }
        mixture.sharedSize = shared * mixture.size
        mixture.leadingDense = try c.index("first_k_dense_replace", default: 0)
        self.mixture = mixture
        guard try c.index("moe_layer_freq", default: 1) == 1 else {
            throw c.unsupported("a moe_layer_freq other than 1")
        }
        guard try c.string("scoring_func", default: "softmax") == "softmax" else {
            throw c.unsupported("a scoring_func other than softmax")
        }
        guard try !c.bool("norm_topk_prob", default: false) else { throw c.unsupported("norm_topk_prob: true") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        keys.set("vocab_size", size: decoder.vocabularySize)
        mixture.describe(&keys)
        mixture.describeSharedCount(&keys)
        keys.set("expert_weights_scale", Float(1))
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
