import GGUF
import JSON

/// What a translation model's tokenizer says of languages, as the keys `general.translation.*`.
struct TranslationLanguages: Sendable {
    /// Those of a model that translates in one way.
    private var source: String?
    private var target: String?
    /// Whether the source's language stands behind it, and the target's instead of the start token, as in the first mBART:
    /// else the source's stands before it, and the target's is its first token.
    private var isBehind = false

    init() {}

    /// - Throws: ``ConversionError`` for a file that is no JSON.
    init(_ folder: ModelFolder) throws(ConversionError) {
        let settings = try folder.json("tokenizer_config.json")
        source = settings?["source_lang"]?.string
        target = settings?["target_lang"]?.string
        isBehind = ["MBartTokenizer", "MBartTokenizerFast"].contains(settings?["tokenizer_class"]?.string)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        if let source { keys.contents.set("general.translation.source", source) }
        if let target { keys.contents.set("general.translation.target", target) }
        if isBehind { keys.contents.set("general.translation.layout", "behind") }
    }
}
