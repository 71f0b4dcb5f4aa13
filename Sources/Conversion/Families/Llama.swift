/// Llama, Mistral, SmolLM, Mixtral, XVERSE. The rows of query and key are written as neighbouring pairs, and Llama 3's scaling as
/// `rope_freqs.weight`, as this architecture's files have them.
///
/// Source: `LlamaForCausalLM` and `MixtralForCausalLM` of `transformers`; llama.cpp's `conversion/llama.py`.
struct Llama: DecoderFamily {
    static let classes = [
        "LlamaForCausalLM", "LlamaModel", "MistralForCausalLM", "MistralModel", "MixtralForCausalLM", "MixtralModel",
        "XverseForCausalLM",
    ]
    let architecture: String
    let decoder: Decoder
    private let experts: ExpertSettings?
    /// Positions that every layer sees; nil: all.
    private let window: Int?

    var expertCount: Int { experts?.count ?? 0 }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        architecture = className.hasPrefix("Xverse") ? "xverse" : "llama"
        decoder = try Decoder(c, className: className, DecoderTraits(pairsHalves: true, hasWindows: true))
        try decoder.requirePlainRope(c, orLlama3: true)
        // Llama's own class has no window, whatever the configuration says.
        window = !className.hasPrefix("Llama") && c.has("sliding_window") ? try c.size("sliding_window") : nil
        experts =
            if className.hasPrefix("Mixtral") {
                try ExpertSettings(mixtral: c, size: decoder.feedForwardSize)
            } else {
                nil
            }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        experts?.describe(&keys)
        // Where it reaches as far as the context, there is nothing to say.
        if let window, window < decoder.contextLength { keys.set("attention.sliding_window", size: window) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t, experts: experts)
        if let factors = decoder.rope.frequencyFactors(dimension: decoder.headDimension) {
            t.add("rope_freqs.weight", values: factors)
        }
    }
}
