import Tokenizers

/// Vocabularies small enough to work out by hand.
enum SmallVocabulary {
    typealias Token = (text: String, score: Float, kind: TokenKind)

    static func make(_ tokens: [Token]) throws(TokenizerError) -> Vocabulary {
        var vocabulary = Vocabulary(capacity: tokens.count)
        for token in tokens { try vocabulary.append(token.text.utf8.span, score: token.score, kind: token.kind) }
        return vocabulary
    }

    static func merges(_ lines: [String]) throws(TokenizerError) -> ByteStrings {
        var merges = ByteStrings(capacity: lines.count)
        for line in lines { try merges.append(line.utf8.span) }
        return merges
    }

    /// `<unk>`, `<s>`, `</s>`, then the 256 byte tokens, as in Llama's vocabulary.
    static let sentencePieceBase: [Token] =
        [("<unk>", 0, .unknown), ("<s>", 0, .control), ("</s>", 0, .control)]
        + (UInt8.min...UInt8.max).map { byte in
            (String(decoding: ByteToken.text(of: byte), as: UTF8.self), 0, .byte)
        }

    static let sentencePieceSpecial = SpecialTokens(bos: 1, eos: 2, unknown: 0, addBOS: true, addSpacePrefix: true)

    /// A SentencePiece tokenizer with these pieces after the base; the first has id 259.
    static func sentencePiece(
        _ pieces: [Token], base: [Token] = sentencePieceBase, special: SpecialTokens = sentencePieceSpecial
    ) throws(TokenizerError) -> Tokenizer {
        try Tokenizer(
            model: "llama", preTokenizer: nil, vocabulary: make(base + pieces), merges: ByteStrings(), special: special)
    }

    /// The byte-level alphabet in the order of bytes, so that a byte's token has its number.
    static let byteLevelBase: [Token] = {
        let alphabet = ByteAlphabet()
        return (UInt8.min...UInt8.max).map { byte in
            var text: [UInt8] = []
            alphabet.append(byte, to: &text)
            return (String(decoding: text, as: UTF8.self), 0, .normal)
        }
    }()

    /// A byte-level tokenizer with these tokens after the base; the first has id 256.
    static func byteLevel(
        _ tokens: [Token], merges lines: [String], preTokenizer: String? = "gpt-2", base: [Token] = byteLevelBase,
        special: SpecialTokens = SpecialTokens()
    ) throws(TokenizerError) -> Tokenizer {
        try Tokenizer(
            model: "gpt2", preTokenizer: preTokenizer, vocabulary: make(base + tokens), merges: merges(lines),
            special: special)
    }
}

extension Tokenizer {
    /// The tokens of plain text, each as the vocabulary spells it.
    func pieces(_ text: String, addSpecial: Bool = false, parseSpecial: Bool = false) -> [String] {
        encode(text, addSpecial: addSpecial, parseSpecial: parseSpecial).map { self.text(of: $0) ?? "none" }
    }

    func decodedText(_ tokens: [Int32], renderSpecial: Bool = false) -> String {
        String(decoding: decode(tokens, renderSpecial: renderSpecial), as: UTF8.self)
    }
}

/// Texts in many scripts, and texts that break naive code.
let texts = [
    "", " ", "  ", "Hello, world!", " leading", "trailing ", "tabs\tand\nlines\r\n", "naïve façade", "Ελληνικά",
    "Български", "עברית", "العربية", "हिन्दी", "ไทย", "កម្ពុជា", "中文字符", "日本語テキスト", "한국어",
    "👩‍👩‍👧‍👦🏳️‍🌈", "e\u{301}\u{323}", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "a\u{0}b", "\u{FEFF}\u{200B}\u{FFFD}\u{10FFFF}",
]
