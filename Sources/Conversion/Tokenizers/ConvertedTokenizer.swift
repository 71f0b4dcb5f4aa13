internal import GGUF
internal import JSON
internal import Tokenizers

/// A tokenizer as a model file describes it.
struct ConvertedTokenizer {
    let model: String
    let preTokenizer: String
    var table: TokenTable
    /// Whether scores are written.
    var hasScores = false
    /// Pairs of byte-level BPE, best first.
    var merges: [String] = []
    /// Settings under `tokenizer.ggml.` that only some models have.
    var settings: [(key: String, value: Bool)] = []
    /// How Unigram differs from SentencePiece; empty if it does not.
    var huggingFaceSteps: [String] = []
    /// SentencePiece's compiled normalization.
    var charsMap: [UInt8] = []
    /// Whether sequences begin and end with tokens where no file says.
    var addsByDefault: (bos: Bool, eos: Bool) = (false, false)
    /// Texts of tokens with roles, where no file says.
    var standardRoles: [String: String] = [:]

    /// - Throws: ``ConversionError`` when there is no tokenizer, or one that cannot be written.
    init(_ files: TokenizerFiles, _ family: any Family) throws(ConversionError) {
        let folder = files.folder
        let count = family.vocabularySize
        if family.tokenizer.spellsLetters {
            self = try LetterVocabulary.convert(files, count: count)
        } else if let tokenizer = files.tokenizer {
            let model = Configuration(path: files.tokenizerPath, value: tokenizer["model"] ?? .null)
            // Old files do not name the kind of BPE.
            let kind = try model.string("type", default: model.has("merges") ? "BPE" : nil)
            switch kind {
            case "WordPiece": self = try WordPieceVocabulary.convert(files, model, count: count)
            case "Unigram": self = try UnigramVocabulary.convert(files, model, count: count)
            case "BPE" where PreTokenizerNames.isByteLevel(tokenizer):
                self = try ByteLevelVocabulary.convert(files, model, count: count)
            case "BPE" where family.tokenizer.mergesPieces:
                self = try PieceVocabulary.convertMerges(files, model, count: count)
            case "BPE" where folder.has("tokenizer.model"):
                self = try PieceVocabulary.convert(files, count: count)
            case "BPE": self = try PieceVocabulary.convert(files, model, count: count)
            default: throw model.unsupported("a tokenizer of the kind \(kind.visible)")
            }
        } else if MarianVocabulary.files.allSatisfy(folder.has) {
            self = try MarianVocabulary.convert(files, count: count)
        } else if try TikTokenVocabulary.isOne(folder) {
            self = try TikTokenVocabulary.convert(files, count: count, preTokenizer: family.tokenizer.preTokenizer)
        } else if let numbering = family.tokenizer.numbering, let file = NumberedPieces.file(numbering, in: folder) {
            self = try NumberedPieces.convert(files, file, numbering, count: count)
        } else if folder.has("tokenizer.model") || folder.has("sentencepiece.bpe.model") {
            self = try PieceVocabulary.convert(files, count: count)
        } else if folder.has(RWKVVocabulary.file) {
            self = try RWKVVocabulary.convert(files, count: count)
        } else if folder.has("vocab.txt") {
            self = try WordPieceVocabulary.convert(files, count: count)
        } else if folder.has("vocab.json") {
            self = try ByteLevelVocabulary.convert(files, count: count, preTokenizer: family.tokenizer.preTokenizer)
        } else {
            throw .missingFile("tokenizer.json, tokenizer.model, vocab.txt or vocab.json", folder: folder.path)
        }
        if let steering = family.tokenizer.steering { try table.complete(steering) }
        for text in family.tokenizer.visibleTokens { try table.show(text) }
    }

    init(model: String, preTokenizer: String, table: TokenTable) {
        self.model = model
        self.preTokenizer = preTokenizer
        self.table = table
    }

    /// Writes the keys, in the order of llama.cpp's files.
    func write(
        _ files: TokenizerFiles, _ defaults: TokenizerDefaults, to contents: inout GGUFContents
    ) throws(ConversionError) {
        func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }
        if let types = defaults.tokenTypes { contents.set(key("token_type_count"), UInt32(clamping: types)) }
        contents.set(key("model"), model)
        contents.set(key("pre"), preTokenizer)
        let tokens = table.filled(fillerScore: hasScores ? -10_000 : 0)
        contents.set(key("tokens"), tokens.map { ByteString($0.text) })
        if hasScores { contents.set(key("scores"), tokens.map(\.score)) }
        contents.set(key("token_type"), tokens.map { Int32($0.kind.rawValue) })
        if !merges.isEmpty { contents.set(key("merges"), merges) }
        for (name, value) in settings { contents.set(key(name), value) }
        if !charsMap.isEmpty { contents.set(key("precompiled_charsmap"), charsMap) }
        if !huggingFaceSteps.isEmpty { contents.set("tokenizer.huggingface.steps", huggingFaceSteps) }
        if defaults.steering == nil, let ids = files.suppressedTokens { contents.set(key("suppress_tokens"), ids) }
        try SpecialRoles(
            files, table, adds: addsByDefault, standard: standardRoles, isSteered: defaults.steering != nil
        ).write(to: &contents)
        try ChatTemplates(files).write(to: &contents)
    }
}
