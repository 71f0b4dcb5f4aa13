/// Finds where the next word of a text ends.
protocol WordSplitter: Sendable {
    /// The end of the word that begins at byte `start`; above `start` and at most `text.end`.
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int
}

/// How BPE cuts text into words before it merges, and what else goes by the same name; `tokenizer.ggml.pre` in GGUF.
package struct PreTokenizer: Sendable {
    /// How the vocabulary spells text.
    enum Spelling: Sendable {
        /// Every byte as a printable character (see ``ByteAlphabet``).
        case byteAlphabet
        /// As it is.
        case plain
        /// As it is, with `▁` for a space.
        case spaceMarks
    }

    /// The names by which files call it.
    package let names: [String]
    /// Applied in turn: each cuts the words of the one before.
    let passes: [any WordSplitter]
    var spelling = Spelling.byteAlphabet
    /// Whether a word that is a token becomes that token without merging.
    var wordsAreTokensFirst = false
    /// Whether a run of line feeds that is a token becomes that token without merging.
    var lineFeedsAreTokensFirst = false
    /// Whether a beginning-of-sequence token is added where the file does not say.
    var addsBOSByDefault = false
    /// Whether a beginning-of-sequence token is added although the file says no.
    var alwaysAddsBOS = false
    /// Whether the second text of a pair gets a separator in front where the file does not say.
    var addsSeparatorByDefault = false

    /// Whether it is for vocabularies that spell every byte, so that any bytes can be encoded.
    package var isByteLevel: Bool { spelling == .byteAlphabet }

    /// The pre-tokenizer that files call `name`; `default` without a name.
    ///
    /// - Throws: ``TokenizerError/unknownPreTokenizer(_:known:)``.
    package static func named(_ name: String?) throws(TokenizerError) -> PreTokenizer {
        let name = name ?? "default"
        for candidate in all where candidate.names.contains(name) { return candidate }
        throw .unknownPreTokenizer(name, known: all.flatMap(\.names))
    }
}
