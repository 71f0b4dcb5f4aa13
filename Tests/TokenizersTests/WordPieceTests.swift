import Testing
import Tokenizers

@Suite struct WordPieceTests {
    private static let special: [SmallVocabulary.Token] = [
        ("[PAD]", 0, .control), ("[UNK]", 0, .unknown), ("[CLS]", 0, .control), ("[SEP]", 0, .control),
        ("[MASK]", 0, .control),
    ]
    private static let marked: [SmallVocabulary.Token] =
        special + [
            ("▁un", 0, .normal), ("▁unaff", 0, .normal), ("aff", 0, .normal), ("able", 0, .normal), ("▁.", 0, .normal),
            ("▁中", 0, .normal), ("▁a", 0, .normal), ("a", 0, .normal), ("▁σ", 0, .normal), ("▁i", 0, .normal),
            ("▁'", 0, .normal), ("▁é", 0, .normal), ("▁ᄒ", 0, .normal), ("ᅡ", 0, .normal), ("ᆫ", 0, .normal),
            ("▁A", 0, .normal),
        ]

    private func make(
        _ tokens: [SmallVocabulary.Token] = marked, special: SpecialTokens? = nil,
        normalization: TextNormalization = TextNormalization()
    ) throws -> Tokenizer {
        let vocabulary = try SmallVocabulary.make(tokens)
        let defaults = try SpecialTokens.defaults(model: "bert", preTokenizer: nil, vocabulary: vocabulary)
        return try Tokenizer(
            model: "bert", preTokenizer: nil, vocabulary: vocabulary, merges: ByteStrings(),
            special: special ?? defaults, normalization: normalization)
    }

    @Test(arguments: [
        ("unaffable", ["▁unaff", "able"]), ("UNABLE.", ["▁un", "able", "▁."]), ("unx", ["[UNK]"]),
        ("x a", ["[UNK]", "▁a"]),
        ("a中a", ["▁a", "▁中", "▁a"]), ("á\u{301}", ["▁a"]), ("Σ σ ς", ["▁σ", "▁σ", "[UNK]"]), ("İ", ["▁i"]),
        ("한", ["▁ᄒ", "ᅡ", "ᆫ"]), ("\u{0}a\u{200B}a\u{FFFD}", ["▁a", "a"]), ("a\u{A0}a\u{3000}a", ["▁a", "▁a", "▁a"]),
        ("\u{301}\u{200D}", []), ("able", ["[UNK]"]), ("", []), ("   ", []),
    ])
    func `words are cleaned and divided into the longest tokens`(_ text: String, _ expected: [String]) throws {
        #expect(try make().pieces(text) == expected)
    }

    @Test func `an ill-formed byte is left out`() throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0x61, 0xE2, 0x82]
        #expect(try make().encode(bytes.span, addSpecial: false, parseSpecial: false) == [11, 12])
    }

    @Test func `a vocabulary may mark what goes on a word instead`() throws {
        let hashed = try make(Self.special + [("un", 0, .normal), ("##able", 0, .normal), ("#", 0, .normal)])
        #expect(hashed.pieces("unable able #") == ["un", "##able", "[UNK]", "#"])
        #expect(hashed.decodedText(hashed.encode("unable #", addSpecial: true, parseSpecial: false)) == "unable #")
    }

    @Test func `accents and case stay where the file says so`() throws {
        let accents = try make(normalization: TextNormalization(lowercases: true, stripsAccents: false))
        #expect(accents.pieces("É e\u{301} A") == ["▁é", "[UNK]", "▁a"])
        let cased = try make(normalization: TextNormalization(lowercases: false))
        #expect(cased.pieces("A a É") == ["▁A", "▁a", "[UNK]"])
        let stripped = try make(normalization: TextNormalization(lowercases: false, stripsAccents: true))
        #expect(stripped.pieces("Á á") == ["▁A", "▁a"])
    }

    @Test func `a word of more than a hundred characters is unknown`() throws {
        let tokenizer = try make()
        #expect(tokenizer.pieces(String(repeating: "a", count: 100)).count == 100)
        #expect(tokenizer.pieces(String(repeating: "a", count: 101)) == ["[UNK]"])
        #expect(tokenizer.pieces(String(repeating: "á\u{301}", count: 100)).count == 100)
    }

    @Test func `a text is put between the tokens that begin and end it`() throws {
        let tokenizer = try make()
        #expect(tokenizer.pieces("a", addSpecial: true) == ["[CLS]", "▁a", "[SEP]"])
        #expect(tokenizer.pieces("", addSpecial: true) == ["[CLS]", "[SEP]"])
        var special = tokenizer.special
        special.addBOS = false
        special.addEOS = false
        #expect(try make(special: special).pieces("a", addSpecial: true) == ["▁a"])
    }

    @Test func `special tokens are found on demand only`() throws {
        let tokenizer = try make()
        #expect(tokenizer.pieces("a [MASK].", parseSpecial: true) == ["▁a", "[MASK]", "▁."])
        #expect(!tokenizer.pieces("a [MASK].").contains("[MASK]"))
    }

    @Test func `two texts are divided by what the file says`() throws {
        let tokenizer = try make()
        let pair = tokenizer.encodePair("a", "un [SEP]")
        #expect(pair.tokens.prefix(5) == [2, 11, 3, 5, 1] && pair.tokens.last == 3 && pair.secondStart == 3)
        var special = tokenizer.special
        special.addSeparator = true
        let doubled = try make(special: special).encodePair("a", "a")
        #expect(doubled.tokens == [2, 11, 3, 3, 11, 3] && doubled.secondStart == 4)
    }

    @Test func `decoding joins what goes on a word, and closes up before punctuation`() throws {
        let tokenizer = try make()
        let tokens = tokenizer.encode("Unable a. a'a", addSpecial: true, parseSpecial: false)
        #expect(tokenizer.decodedText(tokens) == "unable a. a ' a")
        var decoder = StreamingDecoder(tokenizer)
        #expect(tokens.map { decoder.append($0) }.joined() + decoder.finish() == "unable a. a ' a")
    }

    @Test(arguments: ["a", "\u{301}", "\u{302E}\u{302A}", "中", "a ", "İ", "'", "\u{0}", "한"])
    func `a megabyte of one kind takes no longer than its length`(_ unit: String) throws {
        let tokenizer = try make()
        let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
        let clock = ContinuousClock()
        let time = clock.measure { _ = tokenizer.encode(text, addSpecial: false, parseSpecial: true) }
        #expect(time < .seconds(30))
    }
}
