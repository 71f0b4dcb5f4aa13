import Testing
import Tokenizers

@Suite struct SentencePieceBPETests {
    private static let pieces: [SmallVocabulary.Token] = [
        ("▁", -1, .normal), ("a", -2, .normal), ("b", -3, .normal), ("c", -4, .normal), ("ab", -10, .normal),
        ("bc", -5, .normal), ("▁a", -20, .normal), ("aa", -30, .normal), ("aaaa", -31, .normal),
        ("<tool>", 0, .userDefined), ("▁▁", -6, .normal),
    ]

    @Test func `the pair whose token has the highest score is merged first`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces)
        #expect(tokenizer.pieces("abc") == ["▁a", "bc"])
        #expect(tokenizer.pieces("cab") == ["▁", "c", "ab"])
    }

    @Test func `of equal pairs the leftmost is merged first`() throws {
        #expect(try SmallVocabulary.sentencePiece(Self.pieces).pieces("baaaaaa") == ["▁", "b", "aaaa", "aa"])
    }

    @Test func `zeros of both signs are equal scores`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece([
            ("▁", -1, .normal), ("x", -1, .normal), ("y", -1, .normal), ("xy", -0.0, .normal), ("yx", 0, .normal),
        ])
        #expect(tokenizer.pieces("xyx") == ["▁", "xy", "x"])
    }

    @Test func `a space is put before a text and after a special token, but not after plain text`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces)
        #expect(tokenizer.pieces("b<tool>b c") == ["▁", "b", "<tool>", "▁", "b", "▁", "c"])
        #expect(tokenizer.pieces("b", addSpecial: true) == ["<s>", "▁", "b"])
        #expect(tokenizer.pieces("", addSpecial: true) == ["<s>"])
        #expect(tokenizer.pieces("").isEmpty)
    }

    @Test func `without a space prefix the text begins as it is, and decodes as it is`() throws {
        var special = SmallVocabulary.sentencePieceSpecial
        special.addSpacePrefix = false
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces, special: special)
        #expect(tokenizer.pieces("b") == ["b"])
        #expect(tokenizer.decodedText(tokenizer.encode(" b", addSpecial: false, parseSpecial: false)) == " b")
    }

    @Test func `a character without a token becomes its bytes`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces)
        #expect(tokenizer.pieces("é\n") == ["▁", "<0xC3>", "<0xA9>", "<0x0A>"])
    }

    @Test func `a character without a token or byte tokens becomes one unknown token`() throws {
        let base = Array(SmallVocabulary.sentencePieceBase[..<3])
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces, base: base)
        #expect(tokenizer.pieces("aéb") == ["▁a", "<unk>", "b"])
        var special = SmallVocabulary.sentencePieceSpecial
        special.unknown = nil
        #expect(try SmallVocabulary.sentencePiece(Self.pieces, base: base, special: special).pieces("é") == ["▁"])
    }

    @Test func `a token with a space inside is found across words`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece(
            Self.pieces + [("b▁", -0.5, .normal), ("b▁c", -0.4, .normal)])
        #expect(tokenizer.pieces("ab cc") == ["▁a", "b▁c", "c"])
    }

    @Test func `merging never makes a control, unknown or byte token`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece([
            ("▁", -1, .normal), ("<", -1, .normal), ("s", -1, .normal), (">", -1, .normal), ("<s", -1, .normal),
        ])
        #expect(tokenizer.pieces("<s>") == ["▁", "<s", ">"])
        #expect(tokenizer.decodedText(tokenizer.encode("<s>", addSpecial: true, parseSpecial: false)) == "<s>")
        #expect(tokenizer.pieces("<s>", parseSpecial: true) == ["<s>"])
    }

    @Test func `decoding drops the space before the first visible token only`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces)
        #expect(tokenizer.decodedText(tokenizer.encode("a a", addSpecial: true, parseSpecial: false)) == "a a")
        let bos: Int32 = 1
        let a = try #require(tokenizer.id(of: "▁a"))
        #expect(tokenizer.decodedText([bos, a, a]) == "a a")
        #expect(tokenizer.decodedText([bos, a, a], renderSpecial: true) == "<s> a a")
    }

    @Test(arguments: texts)
    func `a text decodes to itself`(_ text: String) throws {
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces)
        #expect(tokenizer.decodedText(tokenizer.encode(text, addSpecial: true, parseSpecial: false)) == text)
    }

    @Test func `bytes that are not UTF-8 decode to themselves`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece(Self.pieces)
        var random = SeededGenerator(seed: 1)
        for length in 0..<300 {
            let bytes = random.bytes(length, from: [0x20, 0x61, 0x62, 0x80, 0x96, 0xC3, 0xE2, 0xED, 0xF0, 0xFF])
            let tokens = tokenizer.encode(bytes.span, addSpecial: false, parseSpecial: false)
            #expect(tokenizer.decode(tokens) == bytes)
        }
    }
}
