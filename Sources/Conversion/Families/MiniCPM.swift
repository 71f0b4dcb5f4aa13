/// MiniCPM 1, 2 and 4 without experts. The rows of query and key are written as neighbouring pairs.
///
/// Source: `MiniCPMForCausalLM` as it was published (`modeling_minicpm.py`), arXiv:2404.06395 §4; llama.cpp's
/// `conversion/minicpm.py`.
struct MiniCPM: DecoderFamily {
    static let classes = ["MiniCPMForCausalLM"]
    let architecture = "minicpm"
    let decoder: Decoder
    private let factors: [(key: String, value: Double)]
    private let longFactors: (short: [Float], long: [Float])?

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className, DecoderTraits(pairsHalves: true, isTied: true))
        longFactors = try decoder.rope.longFactors(pairs: decoder.headDimension / 2)
        if longFactors == nil { try decoder.requirePlainRope(c) }
        guard try c.index("num_experts", default: 0) == 0 else {
            throw c.unsupported("a mixture of experts of this class")
        }
        let depth = try c.number("scale_depth", default: 1) / Double(decoder.layers).squareRoot()
        let base = try c.number("dim_model_base", default: 1)
        factors = [
            ("embedding_scale", try c.number("scale_emb", default: 1)), ("residual_scale", depth),
            ("logit_scale", Double(decoder.hiddenSize) / base),
        ]
        guard factors.allSatisfy({ $0.value > 0 && $0.value.isFinite }) else {
            throw c.wrong("scale_emb, scale_depth, dim_model_base", "numbers above 0")
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        for (key, value) in factors { keys.set(key, Float(value)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        guard let longFactors else { return }
        t.add("rope_factors_long.weight", values: longFactors.long)
        t.add("rope_factors_short.weight", values: longFactors.short)
    }
}
