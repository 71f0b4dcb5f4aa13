/// Llama, Mistral, SmolLM. The rows of query and key are written as neighbouring pairs, and Llama 3's scaling as
/// `rope_freqs.weight`, as this architecture's files have them.
///
/// Source: `LlamaForCausalLM` of `transformers`; llama.cpp's `conversion/llama.py`.
struct Llama: Family {
    static let classes = ["LlamaForCausalLM", "LlamaModel", "MistralForCausalLM", "MistralModel"]
    static let prefixes = ["model."]
    let architecture = "llama"
    let tokenizer = TokenizerDefaults()
    private let decoder: Decoder

    var layers: Int { decoder.layers }
    var heads: Int { decoder.heads }
    var keyValueHeads: Int { decoder.keyValueHeads }
    var vocabularySize: Int { decoder.vocabularySize }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(c, className: className)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t, pairsHalves: true, normsHeads: false)
        if let factors = decoder.rope.frequencyFactors(dimension: decoder.headDimension) {
            t.add("rope_freqs.weight", values: factors)
        }
    }
}
