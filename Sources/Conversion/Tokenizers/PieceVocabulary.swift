internal import JSON
internal import Tokenizers

/// SentencePiece vocabularies of Llama and Mistral (BPE by scores) and of XLM-RoBERTa (Unigram).
enum PieceVocabulary {
    /// From `tokenizer.model`, or `sentencepiece.bpe.model` as XLM-RoBERTa has it.
    static func convert(_ files: TokenizerFiles, count: Int) throws(ConversionError) -> ConvertedTokenizer {
        let folder = files.folder
        let name = folder.has("tokenizer.model") ? "tokenizer.model" : "sentencepiece.bpe.model"
        guard let bytes = try folder.bytes(name) else { throw .missingFile(name, folder: folder.path) }
        let model = try SentencePieceModel(bytes.span, path: folder.path(name))
        switch model.algorithm {
        case .bpe: return try convert(files, model, count: count, path: folder.path(name))
        case .unigram: return try UnigramVocabulary.convert(files, model, count: count, path: folder.path(name))
        case .word, .character:
            throw .unsupported("a SentencePiece model of words or characters", path: folder.path(name))
        }
    }

    private static func convert(
        _ files: TokenizerFiles, _ model: SentencePieceModel, count: Int, path: String
    ) throws(ConversionError) -> ConvertedTokenizer {
        var table = TokenTable(count: count, path: path)
        for (id, piece) in model.pieces.enumerated() {
            try table.add(id, piece.text, piece.kind, score: piece.score)
        }
        return try finish(table, files, addsSpacePrefix: model.addsSpacePrefix)
    }

    /// From the BPE model of a `tokenizer.json` that was made of a SentencePiece model: the rank of the merge that makes a
    /// piece stands for its score.
    static func convert(
        _ files: TokenizerFiles, _ model: Configuration, count: Int
    ) throws(ConversionError) -> ConvertedTokenizer {
        let hasBytes = try model.bool("byte_fallback", default: false)
        guard hasBytes || files.tokenizer?["pre_tokenizer"]?["type"]?.string == "Metaspace" else {
            throw model.unsupported("BPE that is neither byte-level nor SentencePiece's")
        }
        guard let members = model.value["vocab"]?.members else { throw model.wrong("vocab", "an object of ids") }
        guard let pairs = model.value["merges"]?.items else { throw model.wrong("merges", "an array of pairs") }
        var ranks: [[UInt8]: Int] = [:]
        for (rank, pair) in pairs.enumerated() {
            let parts =
                pair.items?.compactMap(\.string) ?? pair.string.map { $0.split(separator: " ").map(String.init) }
            guard let parts, parts.count == 2 else {
                throw .tokenizer("merge \(rank) is no pair of pieces", path: model.path)
            }
            let text = Array(parts[0].utf8) + Array(parts[1].utf8)
            if ranks[text] == nil { ranks[text] = rank }
        }
        let unknownText = try model.string("unk_token", default: "<unk>")
        let unknown = Array(unknownText.utf8)
        var table = TokenTable(count: count, path: files.tokenizerPath)
        for member in members {
            guard let id = member.value.int else { throw model.wrong("vocab", "an object of ids") }
            let text = Array(member.name.utf8)
            let kind: TokenKind = text == unknown ? .unknown : hasBytes && isByte(text) ? .byte : .normal
            // Pieces of one character are merged into by nothing: their score is not read.
            let score = kind == .normal ? -Float(ranks[text] ?? pairs.count) : 0
            try table.add(id, text, kind, score: score)
        }
        var tokenizer = try finish(table, files, addsSpacePrefix: addsSpacePrefix(files.tokenizer))
        tokenizer.standardRoles = ["unk": unknownText]
        for part in normalizers(files.tokenizer) where part["type"]?.string == "Precompiled" {
            guard let map = part["precompiled_charsmap"]?.string.flatMap(Base64.decode) else {
                throw .tokenizer("the precompiled_charsmap is no base64", path: model.path)
            }
            tokenizer.charsMap = map
        }
        return tokenizer
    }

    private static func normalizers(_ tokenizer: JSONValue?) -> [JSONValue] {
        let normalizer = tokenizer?["normalizer"] ?? .null
        return normalizer["normalizers"]?.items ?? [normalizer]
    }

    /// The tokenizer of a table whose pieces are those of a BPE model, which replaces characters before it splits a text.
    static func finish(
        _ table: TokenTable, _ files: TokenizerFiles, _ model: SentencePieceModel
    ) throws(ConversionError) -> ConvertedTokenizer {
        var tokenizer = try finish(table, files, addsSpacePrefix: model.addsSpacePrefix)
        tokenizer.charsMap = model.charsMap
        if !model.charsMap.isEmpty { tokenizer.settings.append(("remove_extra_whitespaces", model.removesExtraSpaces)) }
        return tokenizer
    }

    /// The same of models that merge in the order of the list, which pieces' ranks alone do not tell.
    static func convertMerges(
        _ files: TokenizerFiles, _ model: Configuration, count: Int
    ) throws(ConversionError) -> ConvertedTokenizer {
        guard try model.bool("byte_fallback", default: false) else {
            throw model.unsupported("BPE that is neither byte-level nor SentencePiece's")
        }
        guard let members = model.value["vocab"]?.members else { throw model.wrong("vocab", "an object of ids") }
        guard let pairs = model.value["merges"]?.items else { throw model.wrong("merges", "an array of pairs") }
        var merges: [String] = []
        merges.reserveCapacity(pairs.count)
        for (rank, pair) in pairs.enumerated() {
            let merge = pair.items.map { $0.compactMap(\.string).joined(separator: " ") } ?? pair.string
            guard let merge, merge.utf8.count(where: { $0 == UInt8(ascii: " ") }) == 1 else {
                throw .tokenizer("merge \(rank) is no pair of pieces", path: model.path)
            }
            merges.append(merge)
        }
        let unknown = Array(try model.string("unk_token", default: "<unk>").utf8)
        var table = TokenTable(count: count, path: files.tokenizerPath)
        for member in members {
            guard let id = member.value.int else { throw model.wrong("vocab", "an object of ids") }
            let text = Array(member.name.utf8)
            try table.add(id, text, text == unknown ? .unknown : isByte(text) ? .byte : .normal)
        }
        for token in try files.addedTokens() where table[token.id]?.kind != .unknown {
            try table.set(token.id, Array(token.text.utf8), token.isControl ? .control : .userDefined)
        }
        var tokenizer = ConvertedTokenizer(model: "gemma4", preTokenizer: "gemma4", table: table)
        tokenizer.merges = merges
        tokenizer.settings = [("add_space_prefix", false)]
        tokenizer.addsByDefault = (true, false)
        return tokenizer
    }

    /// Added tokens take their places; a user's token is written with spaces as text has them.
    private static func finish(
        _ table: TokenTable, _ files: TokenizerFiles, addsSpacePrefix: Bool
    ) throws(ConversionError) -> ConvertedTokenizer {
        var table = table
        for token in try files.addedTokens() {
            if table[token.id]?.kind == .unknown { continue }
            var scalars = String.UnicodeScalarView()
            for scalar in token.text.unicodeScalars {
                scalars.append(scalar == "▁" && !token.isControl ? " " : scalar)
            }
            try table.set(
                token.id, Array(String(scalars).utf8), token.isControl ? .control : .userDefined, score: -1_000)
        }
        var tokenizer = ConvertedTokenizer(model: "llama", preTokenizer: "default", table: table)
        tokenizer.hasScores = true
        let adds = try files.settings.bool("add_prefix_space", default: addsSpacePrefix)
        if !adds || files.settings.has("add_prefix_space") { tokenizer.settings = [("add_space_prefix", adds)] }
        tokenizer.addsByDefault = (true, false)
        return tokenizer
    }

    /// Whether the steps of a `tokenizer.json` put a "▁" in front of a text.
    private static func addsSpacePrefix(_ tokenizer: JSONValue?) -> Bool {
        if normalizers(tokenizer).contains(where: { $0["type"]?.string == "Prepend" }) { return true }
        let splitter = tokenizer?["pre_tokenizer"] ?? .null
        guard splitter["type"]?.string == "Metaspace" else { return false }
        return splitter["prepend_scheme"]?.string.map { $0 != "never" } ?? splitter["add_prefix_space"]?.bool ?? true
    }

    /// Whether a piece stands for one raw byte: `<0xXX>`.
    static func isByte(_ text: [UInt8]) -> Bool {
        text.count == 6 && text.starts(with: "<0x".utf8) && text[5] == UInt8(ascii: ">")
            && text[3...4].allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
}
