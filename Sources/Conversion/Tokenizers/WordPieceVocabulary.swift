internal import JSON
internal import Tokenizers

/// BERT's vocabularies. In model files a word's first piece begins with "▁" and the others with nothing, where BERT marks
/// the others with "##" (llama.cpp calls it a phantom space).
enum WordPieceVocabulary {
    /// From `tokenizer.json`.
    static func convert(
        _ files: TokenizerFiles, _ model: Configuration, count: Int
    ) throws(ConversionError) -> ConvertedTokenizer {
        let prefix = try model.string("continuing_subword_prefix", default: "##")
        guard prefix == "##" else { throw model.unsupported("a continuing_subword_prefix of \(prefix.visible)") }
        let longest = try model.size("max_input_chars_per_word", default: 100)
        guard longest == 100 else { throw model.unsupported("a max_input_chars_per_word of \(longest)") }
        guard let members = model.value["vocab"]?.members else { throw model.wrong("vocab", "an object of ids") }
        var words: [(id: Int, text: String)] = []
        for member in members {
            guard let id = member.value.int else { throw model.wrong("vocab", "an object of ids") }
            words.append((id, member.name))
        }
        let added = try files.addedTokens()
        var tokenizer = try convert(words, added, count: count, path: files.tokenizerPath)
        tokenizer.settings = try settings(files)
        return tokenizer
    }

    /// From `vocab.txt`: a token a line.
    static func convert(_ files: TokenizerFiles, count: Int) throws(ConversionError) -> ConvertedTokenizer {
        let path = files.folder.path("vocab.txt")
        guard let bytes = try files.folder.bytes("vocab.txt") else {
            throw .missingFile("vocab.txt", folder: files.folder.path)
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        var words: [(id: Int, text: String)] = []
        for (id, line) in lines.enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let text = String(validating: line, as: UTF8.self) else {
                throw .tokenizer("line \(id + 1) is not UTF-8", path: path)
            }
            words.append((id, text))
        }
        var added = try files.addedTokens()
        let usual = [("unk", "[UNK]"), ("sep", "[SEP]"), ("pad", "[PAD]"), ("cls", "[CLS]"), ("mask", "[MASK]")]
        for (role, name) in usual {
            let name = files.text(of: role) ?? name
            guard let id = words.first(where: { $0.text.utf8.elementsEqual(name.utf8) })?.id else { continue }
            added.append(.init(id: id, text: name, isControl: true))
        }
        var tokenizer = try convert(words, added, count: count, path: path)
        tokenizer.settings = [("normalizer.lowercase", try files.settings.bool("do_lower_case", default: true))]
        if files.settings.has("strip_accents") {
            tokenizer.settings.append(
                ("normalizer.strip_accents", try files.settings.bool("strip_accents", default: true)))
        }
        guard try files.settings.bool("tokenize_chinese_chars", default: true) else {
            throw files.settings.unsupported("tokenize_chinese_chars: false")
        }
        tokenizer.addsByDefault = (true, true)
        return tokenizer
    }

    private static func convert(
        _ words: [(id: Int, text: String)], _ added: [TokenizerFiles.Added], count: Int, path: String
    ) throws(ConversionError) -> ConvertedTokenizer {
        var table = TokenTable(count: count, path: path)
        for (id, text) in words { try table.add(id, piece(text), .normal) }
        for token in added {
            try table.set(token.id, Array(token.text.utf8), token.isControl ? .control : .userDefined)
        }
        // The name matters to nobody, but llama.cpp wants one that it knows.
        return ConvertedTokenizer(model: "bert", preTokenizer: "bert-bge", table: table)
    }

    private static func piece(_ word: String) -> [UInt8] {
        let bytes = Array(word.utf8)
        return bytes.starts(with: "##".utf8) ? Array(bytes.dropFirst(2)) : Array("▁".utf8) + bytes
    }

    /// What the normalizer does, all but what model files can say being as BERT has it.
    private static func settings(_ files: TokenizerFiles) throws(ConversionError) -> [(key: String, value: Bool)] {
        let normalizer = Configuration(path: files.tokenizerPath, value: files.tokenizer?["normalizer"] ?? .null)
        let splitter = Configuration(path: files.tokenizerPath, value: files.tokenizer?["pre_tokenizer"] ?? .null)
        for (part, expected) in [(normalizer, "BertNormalizer"), (splitter, "BertPreTokenizer")] {
            let kind = try part.string("type")
            guard kind == expected else { throw part.unsupported("\(kind.visible) with WordPiece") }
        }
        for key in ["clean_text", "handle_chinese_chars"] where try !normalizer.bool(key, default: true) {
            throw normalizer.unsupported("\(key): false")
        }
        var settings = [("normalizer.lowercase", try normalizer.bool("lowercase", default: true))]
        if normalizer.has("strip_accents") {
            settings.append(("normalizer.strip_accents", try normalizer.bool("strip_accents", default: true)))
        }
        return settings
    }
}
