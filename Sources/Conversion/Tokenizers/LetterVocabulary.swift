internal import Tokenizers

/// The vocabularies of ESM: a token a line, each found in the text wherever it stands, white space left out. Unigram with
/// equal scores finds the same, as all tokens but the special ones are single letters.
enum LetterVocabulary {
    static func convert(_ files: TokenizerFiles, count: Int) throws(ConversionError) -> ConvertedTokenizer {
        let path = files.folder.path("vocab.txt")
        guard let bytes = try files.folder.bytes("vocab.txt") else {
            throw .missingFile("vocab.txt", folder: files.folder.path)
        }
        let special = [("cls", "<cls>"), ("eos", "<eos>"), ("unk", "<unk>"), ("pad", "<pad>"), ("mask", "<mask>")]
        let roles = special.reduce(into: [String: String]()) { $0[$1.0] = files.text(of: $1.0) ?? $1.1 }
        var table = TokenTable(count: count, path: path)
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (id, line) in lines.enumerated() {
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let name = String(validating: text, as: UTF8.self) else {
                throw .tokenizer("line \(id + 1) is not UTF-8", path: path)
            }
            let isSpecial = roles.values.contains(name)
            try table.add(id, Array(text), name == roles["unk"] ? .unknown : isSpecial ? .control : .normal)
        }
        var tokenizer = ConvertedTokenizer(model: "t5", preTokenizer: "default", table: table)
        tokenizer.hasScores = true
        tokenizer.settings = [("add_space_prefix", false), ("remove_extra_whitespaces", true)]
        tokenizer.huggingFaceSteps = ["WhitespaceSplit"]
        tokenizer.addsByDefault = (true, true)
        tokenizer.standardRoles = roles.merging(["bos": roles["cls"] ?? "<cls>"]) { old, _ in old }
        return tokenizer
    }
}
