internal import JSON
internal import Tokenizers

/// Unigram vocabularies (XLM-RoBERTa and others): pieces with log probabilities. Model files call the model `t5`.
enum UnigramVocabulary {
    /// From `tokenizer.json`.
    static func convert(
        _ files: TokenizerFiles, _ model: Configuration, count: Int
    ) throws(ConversionError) -> ConvertedTokenizer {
        guard let pieces = model.value["vocab"]?.items else { throw model.wrong("vocab", "an array of pieces") }
        let unknown = try model.index("unk_id", default: 0)
        let hasBytes = try model.bool("byte_fallback", default: false)
        var table = TokenTable(count: count, path: files.tokenizerPath)
        for (id, piece) in pieces.enumerated() {
            guard let pair = piece.items, pair.count == 2, let text = pair[0].string, let score = pair[1].double else {
                throw .tokenizer("piece \(id) of the vocabulary is no text with a score", path: model.path)
            }
            let bytes = Array(text.utf8)
            let kind: TokenKind =
                id == unknown ? .unknown : hasBytes && PieceVocabulary.isByte(bytes) ? .byte : .normal
            try table.add(id, bytes, kind, score: Float(score))
        }
        let normalizer = files.tokenizer?["normalizer"] ?? .null
        let splitter = files.tokenizer?["pre_tokenizer"] ?? .null
        let splitters = splitter["pretokenizers"]?.items ?? [splitter]
        var settings = Settings()
        var steps: HuggingFaceSteps = []
        var replacesBySpaces = true
        for part in normalizer["normalizers"]?.items ?? [normalizer] {
            switch part["type"]?.string {
            case "Precompiled":
                guard let map = part["precompiled_charsmap"]?.string.flatMap(Base64.decode) else {
                    throw .tokenizer("the precompiled_charsmap is no base64", path: model.path)
                }
                settings.charsMap = map
            case "Replace" where part["pattern"]?["Regex"]?.string == " {2,}":
                steps.insert(.collapse)
                replacesBySpaces = part["content"]?.string == " "
            case "Replace" where ["``", "''"].contains(part["pattern"]?["String"]?.string):
                steps.insert(.quotes)
            case "Replace" where part["pattern"]?["Regex"]?.string == #"\s{2,}|[\n\r\t]"#: steps.insert(.spaces)
            case "Strip":
                if part["strip_left"]?.bool == true { steps.insert(.stripLeft) }
                if part["strip_right"]?.bool != false { steps.insert(.strip) }
            case "StripAccents": steps.insert(.stripAccents)
            case "Lowercase": steps.insert(.lowercase)
            // Of what has no accents left, and of texts that are in this form, as nearly all are.
            case "NFKD", "NFC": break
            case nil: break
            case let kind?: throw .unsupported("the normalizer \(kind.visible) with Unigram", path: model.path)
            }
        }
        for part in splitters {
            switch part["type"]?.string {
            case "Metaspace":
                settings.addsSpacePrefix =
                    part["prepend_scheme"]?.string.map { $0 != "never" } ?? part["add_prefix_space"]?.bool ?? true
                steps.insert(.metaspace)
            case "WhitespaceSplit": steps.insert(.whitespaceSplit)
            case nil: break
            case let kind?: throw .unsupported("the pre-tokenizer \(kind.visible) with Unigram", path: model.path)
            }
        }
        if steps.contains(.whitespaceSplit), !replacesBySpaces {
            throw .unsupported("Replace by \"▁\" with WhitespaceSplit", path: model.path)
        }
        settings.removesExtraSpaces = !steps.isDisjoint(with: [.collapse, .whitespaceSplit])
        var tokenizer = try finish(table, files, settings)
        tokenizer.huggingFaceSteps = steps.names
        return tokenizer
    }

    /// From a SentencePiece model whose ids XLM-RoBERTa moves: `<s>`, `<pad>`, `</s>` and `<unk>` come first, then the
    /// pieces from the fourth on, then `<mask>`.
    static func convert(
        _ files: TokenizerFiles, _ model: SentencePieceModel, count: Int, path: String
    ) throws(ConversionError) -> ConvertedTokenizer {
        guard try !files.settings.string("tokenizer_class", default: "").hasPrefix("Camembert") else {
            throw files.settings.unsupported("CamemBERT's numbering of pieces without a tokenizer.json")
        }
        var table = TokenTable(count: count, path: path)
        for (id, name) in ["<s>", "<pad>", "</s>"].enumerated() { try table.add(id, Array(name.utf8), .control) }
        try table.add(3, Array("<unk>".utf8), .unknown)
        for (id, piece) in model.pieces.enumerated().dropFirst(3) {
            try table.add(id + 1, piece.text, piece.kind, score: piece.score)
        }
        let mask = model.pieces.count + 1
        if mask < count { try table.add(mask, Array("<mask>".utf8), .control) }
        var tokenizer = try finish(table, files, model)
        tokenizer.addsByDefault = (true, true)
        return tokenizer
    }

    /// The tokenizer of a table whose pieces are those of a SentencePiece model.
    static func finish(
        _ table: TokenTable, _ files: TokenizerFiles, _ model: SentencePieceModel
    ) throws(ConversionError) -> ConvertedTokenizer {
        try finish(
            table, files,
            Settings(
                charsMap: model.charsMap, addsSpacePrefix: model.addsSpacePrefix,
                removesExtraSpaces: model.removesExtraSpaces))
    }

    private struct Settings {
        var charsMap: [UInt8] = []
        var addsSpacePrefix = true
        var removesExtraSpaces = true
    }

    private static func finish(
        _ table: TokenTable, _ files: TokenizerFiles, _ settings: Settings
    ) throws(ConversionError) -> ConvertedTokenizer {
        var table = table
        for token in try files.addedTokens() {
            let old = table[token.id]
            if old?.kind == .unknown { continue }
            try table.set(
                token.id, Array(token.text.utf8), token.isControl ? .control : .userDefined, score: old?.score ?? 0)
        }
        var tokenizer = ConvertedTokenizer(model: "t5", preTokenizer: "default", table: table)
        tokenizer.hasScores = true
        tokenizer.settings = [
            ("add_space_prefix", settings.addsSpacePrefix), ("remove_extra_whitespaces", settings.removesExtraSpaces),
        ]
        tokenizer.charsMap = settings.charsMap
        return tokenizer
    }
}
