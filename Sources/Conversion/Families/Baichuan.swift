/// Baichuan and Baichuan 2. Query, key and value are one matrix; the rows of query and key are written as neighbouring pairs.
/// The rows of Baichuan 2's output have the length 1, which the class gives them when it runs.
///
/// Source: `BaichuanForCausalLM` as it was published (`modeling_baichuan.py`); llama.cpp's `conversion/baichuan.py`.
struct Baichuan: DecoderFamily {
    static let classes = ["BaichuanForCausalLM", "BaiChuanForCausalLM"]
    let architecture = "baichuan"
    let decoder: Decoder

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(
            pairsHalves: true, fusion: .asWritten, names: ["self_attn.qkv_proj": "self_attn.W_pack"])
        // The second generation's vocabulary is the larger one.
        let vocabularySize = try c.size("vocab_size")
        traits.normalizesOutput = vocabularySize == 125_696 || c.has("z_loss_weight")
        decoder = try Decoder(
            c.renaming(["model_max_length": "max_position_embeddings"]), className: className, traits)
        try decoder.requirePlainRope(c)
        guard decoder.keyValueHeads == decoder.heads else { throw c.unsupported("fewer key than query heads") }
        // Files tell ALiBi by the number of layers alone.
        let hasALiBi = !c.has("max_position_embeddings")
        guard hasALiBi == (decoder.layers == 40) else {
            throw c.unsupported("\(decoder.layers) layers \(hasALiBi ? "with ALiBi" : "that rotate")")
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        t.leaveOut { $0.hasSuffix(".self_attn.future_mask") || $0 == "future_mask" }
    }
}
