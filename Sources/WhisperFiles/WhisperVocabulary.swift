internal import GGUF
internal import Tokenizers

/// The tokens of a model: those of its text, as GGUF spells byte-level tokens, and those that steer it.
struct WhisperVocabulary {
    private var tokens: [ByteString] = []
    /// Tokens from here on steer the model.
    private let firstSpecial: Int

    /// English alone, 99 languages, 100 languages.
    static let sizes = 51_864...51_866

    init(_ cursor: inout Cursor, _ header: WhisperHeader) throws(FormatError) {
        let isMultilingual = header.vocabularySize > Self.sizes.lowerBound
        let languages = isMultilingual ? header.vocabularySize - Self.sizes.upperBound + 100 : 99
        let special = SpecialSpelling.all(languages: languages)
        firstSpecial = header.vocabularySize - special.count
        let alphabet = ByteAlphabet()
        // Files list the tokens of text, some of them without the last one or with those that follow.
        let count = try cursor.number("the number of tokens", in: firstSpecial - 1...header.vocabularySize)
        tokens.reserveCapacity(header.vocabularySize)
        for id in 0..<count {
            let length: UInt32 = try cursor.integer("the length of token \(id)")
            guard length <= Self.longestToken else {
                throw .excessiveCount(
                    what: "bytes of token \(id)", offset: cursor.offset - 4, count: UInt64(length),
                    limit: Self.longestToken)
            }
            let bytes = cursor.bytes.extracting(try cursor.skip(UInt64(length), "token \(id)")).octets
            guard id < firstSpecial else { continue }
            var text: [UInt8] = []
            text.reserveCapacity(bytes.count + 2)
            for index in bytes.indices { alphabet.append(bytes[index], to: &text) }
            tokens.append(ByteString(text))
        }
        while tokens.count < firstSpecial { tokens.append(ByteString([])) }
        tokens += special.map { ByteString([UInt8]($0.utf8)) }
    }

    /// Real ones have 128 bytes at most.
    private static let longestToken = 1024

    func write(to contents: inout GGUFContents) {
        contents.set("tokenizer.ggml.model", "gpt2")
        contents.set("tokenizer.ggml.pre", "gpt-2")
        contents.set("tokenizer.ggml.tokens", tokens)
        let kinds = tokens.indices.map { Int32(($0 < firstSpecial ? TokenKind.normal : .control).rawValue) }
        contents.set("tokenizer.ggml.token_type", kinds)
        let end = UInt32(firstSpecial)
        contents.set("tokenizer.ggml.bos_token_id", end)
        contents.set("tokenizer.ggml.eos_token_id", end)
        contents.set("tokenizer.ggml.unknown_token_id", end)
        contents.set("tokenizer.ggml.add_bos_token", false)
    }
}
