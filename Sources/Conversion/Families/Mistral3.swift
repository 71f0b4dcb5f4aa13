/// Ministral 3, and of Mistral's models that see images the part that reads text. The rows of query and key are written as
/// neighbouring pairs.
///
/// Source: `Ministral3ForCausalLM` and `Mistral3ForConditionalGeneration` of `transformers`; llama.cpp's
/// `conversion/mistral3.py`.
struct Mistral3: DecoderFamily {
    static let classes = ["Ministral3ForCausalLM", "Mistral3ForConditionalGeneration"]
    static let prefixes = ["model.language_model.", "language_model.model.", "language_model.", "model."]
    let architecture = "mistral3"
    let tokenizer = TokenizerDefaults(preTokenizer: "tekken")
    let decoder: Decoder
    /// Keys of YaRN and of the queries' temperature.
    private var numbers: [(key: String, value: Double)] = []

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let text = try whole.object("text_config")
        let c = text ?? whole
        let parameters = try c.object("rope_parameters", "rope_scaling")
        let rope = try RotarySettings(
            c, parameters, knownYaRN: ["beta_fast", "beta_slow", "mscale", "mscale_all_dim"])
        var traits = DecoderTraits(pairsHalves: true, epsilon: 1e-5, hasWindows: true)
        (traits.headDimension, traits.keyValueHeads) = (128, 8)
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c)
        guard !c.has("sliding_window") else { throw c.unsupported("a sliding_window of this class") }
        guard let parameters, case .yarn(_, let originalLength) = rope.scaling else { return }
        for (key, setting, usual) in [
            ("rope.scaling.yarn_beta_fast", "beta_fast", 32.0), ("rope.scaling.yarn_beta_slow", "beta_slow", 1),
            ("rope.scaling.yarn_log_multiplier", "mscale_all_dim", 0),
            ("attention.temperature_scale", "llama_4_scaling_beta", 0),
        ] {
            numbers.append((key, try parameters.number(setting, default: usual)))
        }
        // Files have the one part of the magnitude alone.
        guard try parameters.number("mscale", default: 1) == 1, try parameters.bool("truncate", default: true) else {
            throw parameters.unsupported("YaRN with an mscale other than 1, or with truncate: false")
        }
        guard originalLength > 0 else { throw c.wrong("original_max_position_embeddings", "more than 0") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        for (key, value) in numbers where value != 0 { keys.set(key, Float(value)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        t.leaveOut { $0.hasPrefix("vision_tower.") || $0.hasPrefix("multi_modal_projector.") }
    }
}
