/// What is done to a text before it is cut into tokens; the `tokenizer.ggml.*` settings of GGUF.
package struct TextNormalization: Sendable, Equatable {
    /// Whether WordPiece makes letters lower case (`normalizer.lowercase`).
    package var lowercases: Bool
    /// Whether WordPiece strips accents (`normalizer.strip_accents`); nothing means: if it makes letters lower case.
    package var stripsAccents: Bool?
    /// Whether Unigram drops white space at both ends and keeps one of several in a row (`remove_extra_whitespaces`).
    package var removesExtraWhitespace: Bool
    /// Which sequences Unigram replaces, as SentencePiece compiles it (`precompiled_charsmap`); empty for none.
    package var precompiledCharsmap: [UInt8]

    package init(
        lowercases: Bool = true, stripsAccents: Bool? = nil, removesExtraWhitespace: Bool = true,
        precompiledCharsmap: [UInt8] = []
    ) {
        self.lowercases = lowercases
        self.stripsAccents = stripsAccents
        self.removesExtraWhitespace = removesExtraWhitespace
        self.precompiledCharsmap = precompiledCharsmap
    }
}
