/// ERNIE 4.5 with experts.
///
/// Source: `Ernie4_5_MoeForCausalLM` of `transformers`; llama.cpp's `conversion/ernie.py`.
struct ERNIE45MoE: DecoderFamily {
    static let classes = ["Ernie4_5_MoeForCausalLM"]
    let architecture = "ernie4_5-moe"
    let decoder: Decoder
    private let mixture: MixtureSettings

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(isTied: true))
        try decoder.requirePlainRope(c)
        var mixture = try MixtureSettings(
            count: c.size("moe_num_experts"), used: c.size("moe_k"), size: c.size("moe_intermediate_size"), c)
        mixture.sharedSize = try c.index("moe_num_shared_experts", default: 0) * mixture.size
        mixture.leadingDense = try c.index("moe_layer_start_index", default: 0)
        mixture.period = try c.size("moe_layer_interval", default: 1)
        mixture.selectionBias = "moe_statics.e_score_correction_bias"
        self.mixture = mixture
        guard try c.index("moe_layer_end_index", default: decoder.layers - 1) >= decoder.layers - 1 else {
            throw c.unsupported("layers without experts behind the others")
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        mixture.describe(&keys)
        mixture.describeSharedSize(&keys)
        keys.set("interleave_moe_layer_step", size: mixture.period)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
