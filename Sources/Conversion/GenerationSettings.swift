import GGUF
import JSON

/// How a text-to-text model generates, as `generation_config.json` says, or `config.json` of older folders: the keys
/// `general.generation.*`, with transformers' names and meanings.
struct GenerationSettings: Sendable {
    private var sizes: [(key: String, value: Int)] = []
    private var numbers: [(key: String, value: Double)] = []
    private var earlyStopping: String?

    /// - Throws: ``ConversionError`` for a setting of another kind than transformers has.
    init(_ c: Configuration) throws(ConversionError) {
        for key in ["num_beams", "no_repeat_ngram_size", "forced_bos_token_id", "forced_eos_token_id"] where c.has(key)
        {
            sizes.append((key, try c.index(key)))
        }
        // These count the start token.
        for (key, name) in [("min_length", "min_new_tokens"), ("max_length", "max_new_tokens")] where c.has(key) {
            sizes.append((name, max(0, try c.index(key) - 1)))
        }
        for key in ["length_penalty", "repetition_penalty"] where c.has(key) {
            numbers.append((key, try c.number(key)))
        }
        guard let (key, value) = c.find(["early_stopping"]) else { return }
        guard let word = value.string ?? value.bool.map({ $0 ? "true" : "false" }) else {
            throw c.wrong(key, "true, false or \"never\"")
        }
        earlyStopping = word
    }

    /// Those of the folder's `generation_config.json`; nil where it has none.
    init?(_ folder: ModelFolder) throws(ConversionError) {
        guard let value = try folder.json("generation_config.json") else { return nil }
        try self.init(Configuration(path: folder.path("generation_config.json"), value: value))
    }

    func describe(_ keys: inout ArchitectureKeys) {
        for (key, value) in sizes { keys.contents.set("general.generation.\(key)", UInt32(clamping: value)) }
        for (key, value) in numbers { keys.contents.set("general.generation.\(key)", Float(value)) }
        if let earlyStopping { keys.contents.set("general.generation.early_stopping", earlyStopping) }
    }
}
