/// Normalization of a text before tokenization; the `tokenizer.ggml.*` settings of GGUF.
package struct TextNormalization: Sendable, Equatable {
    /// Whether WordPiece makes letters lower case (`normalizer.lowercase`).
    package var lowercases: Bool
    /// Whether WordPiece strips accents (`normalizer.strip_accents`); nothing means: if it makes letters lower case.
    package var stripsAccents: Bool?
    /// Whether Unigram, and BPE with a charsmap, drop white space at both ends and keep one of several in a row
    /// (`remove_extra_whitespaces`).
    package var removesExtraWhitespace: Bool
    /// Which sequences SentencePiece's algorithms replace, as SentencePiece compiles it (`precompiled_charsmap`);
    /// empty for none.
    package var precompiledCharsmap: [UInt8]

    /// What Unigram does as Hugging Face instead of SentencePiece (`tokenizer.huggingface.steps`).
    package var huggingFaceSteps: HuggingFaceSteps?

    package init(
        lowercases: Bool = true, stripsAccents: Bool? = nil, removesExtraWhitespace: Bool = true,
        precompiledCharsmap: [UInt8] = [], huggingFaceSteps: HuggingFaceSteps? = nil
    ) {
        self.lowercases = lowercases
        self.stripsAccents = stripsAccents
        self.removesExtraWhitespace = removesExtraWhitespace
        self.precompiledCharsmap = precompiledCharsmap
        self.huggingFaceSteps = huggingFaceSteps
    }
}

/// The steps of a `tokenizer.json` that not every Unigram tokenizer has, by the names that they have there.
package struct HuggingFaceSteps: OptionSet, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// `Strip`: removes white space at the end.
    package static let strip = HuggingFaceSteps(rawValue: 1)
    /// `Replace`: keeps one of several spaces in a row.
    package static let collapse = HuggingFaceSteps(rawValue: 2)
    /// `WhitespaceSplit`: removes white space of every kind and divides words there.
    package static let whitespaceSplit = HuggingFaceSteps(rawValue: 4)
    /// `Metaspace`, which all have: spaces become `▁` and begin words.
    package static let metaspace = HuggingFaceSteps(rawValue: 8)

    /// `Replace`: two backquotes or two single quotes become a double one (ALBERT).
    package static let quotes = HuggingFaceSteps(rawValue: 16)
    /// `NFKD` and `StripAccents`: characters are decomposed, and lose their accents.
    package static let stripAccents = HuggingFaceSteps(rawValue: 32)
    /// `Lowercase`.
    package static let lowercase = HuggingFaceSteps(rawValue: 64)
    /// `Replace`: white space of two characters or more, or that ends a line, becomes a space (DeBERTa).
    package static let spaces = HuggingFaceSteps(rawValue: 128)
    /// `Strip` on the left.
    package static let stripLeft = HuggingFaceSteps(rawValue: 256)

    private static let named: [(String, HuggingFaceSteps)] = [
        ("Quotes", .quotes), ("StripLeft", .stripLeft), ("StripAccents", .stripAccents), ("Lowercase", .lowercase),
        ("Spaces", .spaces), ("Strip", .strip), ("Replace", .collapse), ("WhitespaceSplit", .whitespaceSplit),
        ("Metaspace", .metaspace),
    ]

    /// The step that is called so.
    package init?(named name: String) {
        guard let step = Self.named.first(where: { $0.0 == name })?.1 else { return nil }
        self = step
    }

    /// In the order in which they are done.
    package var names: [String] { Self.named.filter { contains($0.1) }.map(\.0) }
}
