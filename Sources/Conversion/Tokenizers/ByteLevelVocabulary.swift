internal import JSON
internal import Tokenizers

/// Byte-level BPE: the vocabularies of GPT-2, RoBERTa, Llama 3, Qwen.
enum ByteLevelVocabulary {
    /// From `tokenizer.json`.
    static func convert(
        _ files: TokenizerFiles, _ model: Configuration, count: Int
    ) throws(ConversionError) -> ConvertedTokenizer {
        guard let tokenizer = files.tokenizer, let vocabulary = model.value["vocab"] else {
            throw model.wrong("vocab", "an object of ids")
        }
        guard let pairs = model.value["merges"]?.items else { throw model.wrong("merges", "an array of pairs") }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] where model.has(key) {
            guard try model.string(key).isEmpty else { throw model.unsupported("a \(key)") }
        }
        var merges: [String] = []
        merges.reserveCapacity(pairs.count)
        for (index, pair) in pairs.enumerated() {
            guard let merge = merge(pair) else {
                throw .tokenizer("merge \(index) is no pair of tokens", path: model.path)
            }
            merges.append(merge)
        }
        let preTokenizer = try PreTokenizerNames.name(of: tokenizer, path: files.tokenizerPath)
        return try convert(files, vocabulary, merges, count: count, preTokenizer: preTokenizer, path: model.path)
    }

    /// From `vocab.json` and `merges.txt`.
    static func convert(
        _ files: TokenizerFiles, count: Int, preTokenizer: String?
    ) throws(ConversionError) -> ConvertedTokenizer {
        let folder = files.folder
        guard let preTokenizer else {
            throw .missingFile("tokenizer.json, which says how text is split", folder: folder.path)
        }
        guard let vocabulary = try folder.json("vocab.json"), let text = try folder.text("merges.txt") else {
            throw .missingFile("merges.txt", folder: folder.path)
        }
        var merges: [String] = []
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            if index == 0, line.hasPrefix("#version") { continue }
            guard line.utf8.count(where: { $0 == UInt8(ascii: " ") }) == 1 else {
                throw .tokenizer("line \(index + 1) is no pair of tokens", path: folder.path("merges.txt"))
            }
            merges.append(String(line))
        }
        var tokenizer = try convert(
            files, vocabulary, merges, count: count, preTokenizer: preTokenizer, path: folder.path("vocab.json"))
        let isRoBERTa = try files.settings.string("tokenizer_class", default: "").hasPrefix("Roberta")
        tokenizer.addsByDefault = (isRoBERTa, isRoBERTa)
        return tokenizer
    }

    private static func convert(
        _ files: TokenizerFiles, _ vocabulary: JSONValue, _ merges: [String], count: Int, preTokenizer: String,
        path: String
    ) throws(ConversionError) -> ConvertedTokenizer {
        var table = TokenTable(count: count, path: path)
        guard let members = vocabulary.members else {
            throw .tokenizer("the vocabulary must be an object, found \(vocabulary.kind)", path: path)
        }
        for member in members {
            guard let id = member.value.int else {
                throw .tokenizer("the token \(member.name.visible) has no id", path: path)
            }
            try table.add(id, Array(member.name.utf8), .normal)
        }
        for token in try files.addedTokens() {
            try table.set(token.id, Array(token.text.utf8), token.isControl ? .control : .userDefined)
        }
        var tokenizer = ConvertedTokenizer(model: "gpt2", preTokenizer: preTokenizer, table: table)
        tokenizer.merges = merges
        return tokenizer
    }

    /// `"a b"`, or `["a", "b"]` in newer files; a space within a token is written as byte-level vocabularies have it.
    private static func merge(_ value: JSONValue) -> String? {
        if let text = value.string {
            return text.utf8.count { $0 == UInt8(ascii: " ") } == 1 ? text : nil
        }
        guard let parts = value.items, parts.count == 2, let left = parts[0].string, let right = parts[1].string else {
            return nil
        }
        return [left, right].map { part in
            var scalars = String.UnicodeScalarView()
            for scalar in part.unicodeScalars { scalars.append(scalar == " " ? "\u{120}" : scalar) }
            return String(scalars)
        }.joined(separator: " ")
    }
}
