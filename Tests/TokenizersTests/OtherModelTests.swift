import Testing
import Tokenizers

/// The tokenizer models of single families: small vocabularies, worked out by hand.
@Suite struct OtherModelTests {
    private typealias Token = SmallVocabulary.Token

    private static let bytes: [Token] = (UInt8.min...UInt8.max).map { byte in
        (String(decoding: ByteToken.text(of: byte), as: UTF8.self), 0, .byte)
    }

    private func make(
        _ model: String, _ tokens: [Token], merges: [String] = [], preTokenizer: String? = nil,
        special: SpecialTokens = SpecialTokens(), normalization: TextNormalization = TextNormalization()
    ) throws -> Tokenizer {
        try Tokenizer(
            model: model, preTokenizer: preTokenizer, vocabulary: SmallVocabulary.make(tokens),
            merges: SmallVocabulary.merges(merges), special: special, normalization: normalization)
    }

    // MARK: - gemma4

    private static let gemma: [Token] =
        bytes + [
            ("▁", 0, .normal), ("a", 0, .normal), ("b", 0, .normal), ("\n", 0, .normal), ("\n\n", 0, .normal),
            ("▁a", 0, .normal), ("ab", 0, .normal), ("a▁", 0, .normal), ("<bos>", 0, .control),
        ]
    private static let gemmaMerges = ["a ▁", "▁ a", "a b"]

    @Test(arguments: [
        ("a b", ["a▁", "b"]), (" ab", ["▁a", "b"]), ("ab", ["ab"]), ("a\n\nb", ["a", "\n\n", "b"]),
        ("\n\n\n", ["\n", "\n", "\n"]), ("é", ["<0xC3>", "<0xA9>"]), ("", []),
    ])
    func `Gemma's BPE merges text as it is, across spaces, with bytes for what is no token`(
        _ text: String, _ expected: [String]
    ) throws {
        for (model, preTokenizer) in [("gemma4", nil), ("gemma4", "gpt-2"), ("gpt2", "gemma4")] {
            let tokenizer = try make(model, Self.gemma, merges: Self.gemmaMerges, preTokenizer: preTokenizer)
            #expect(tokenizer.pieces(text) == expected)
            #expect(tokenizer.decodedText(tokenizer.encode(text, addSpecial: false, parseSpecial: false)) == text)
        }
    }

    @Test func `every text of Gemma's begins with its token, whatever the file says`() throws {
        let special = SpecialTokens(bos: 264, addBOS: false)
        #expect(try make("gemma4", Self.gemma, special: special).pieces("a", addSpecial: true) == ["<bos>", "a"])
        let other = try make("gpt2", Self.gemma, preTokenizer: "sarvam-moe", special: special)
        #expect(other.pieces("a", addSpecial: true) == ["a"])
    }

    // MARK: - whitespace

    @Test func `white space divides words and is dropped, and letters become lower case where the file says so`() throws
    {
        let tokens: [Token] = [
            ("a", 0, .normal), ("b", 0, .normal), ("ab", 0, .normal), ("É", 0, .normal), ("é", 0, .normal),
        ]
        let lower = try make("whitespace", tokens, merges: ["a b"])
        #expect(lower.pieces(" aB\u{3000}É\nx ba") == ["ab", "é", "b", "a"])
        let cased = try make(
            "whitespace", tokens, merges: ["a b"], normalization: TextNormalization(lowercases: false))
        #expect(cased.pieces("ab É") == ["ab", "É"])
    }

    // MARK: - rwkv

    private static let rwkv: [Token] = [
        ("<s>", 0, .control), ("a", 0, .normal), ("ab", 0, .normal), ("abcd", 0, .normal), ("\\n", 0, .normal),
        ("\\n\\t", 0, .normal), ("\\xe4\\xBD", 0, .normal), ("\\\\", 0, .normal), ("\\'\\x", 0, .normal),
    ]

    @Test func `RWKV takes the longest token, of bytes that files escape`() throws {
        let tokenizer = try make("rwkv", Self.rwkv, special: SpecialTokens(unknown: 0))
        #expect(tokenizer.encode("abcab\n\n\t\\'x", addSpecial: true, parseSpecial: false) == [2, 0, 2, 4, 5, 7, 8])
        #expect(tokenizer.encode([0xE4, 0xBD, 0xA0].span, addSpecial: false, parseSpecial: false) == [6, 0])
        #expect(tokenizer.decode([3, 5, 6, 7, 8]) == Array("abcd\n\t".utf8) + [0xE4, 0xBD] + Array("\\'x".utf8))
        #expect(tokenizer.pieces("<s>", parseSpecial: false) == ["<s>", "<s>", "<s>"])
    }

    // MARK: - plamo2

    private static let plamo: [Token] =
        [("<unk>", 0, .unknown), ("<bos>", 0, .control), ("<eos>", 0, .control), ("<pad>", 0, .control)] + bytes + [
            ("a", -1, .normal), ("b", -1, .normal), ("ab", -2, .normal), ("abc", -1, .normal), ("c", -5, .normal),
            ("中", -1, .normal), ("never", -3000, .normal),
        ]

    @Test(arguments: [
        // Of equal ways the one with the longer first token; the sum counts.
        ("ab", ["ab"]), ("abc", ["abc"]), ("abcb", ["abc", "b"]), ("bab", ["b", "ab"]), ("\u{FEFF}a", ["a"]),
        ("中é", ["中", "<0xC3>", "<0xA9>"]), ("never", ["<0x6E>", "<0x65>", "<0x76>", "<0x65>", "<0x72>"]), ("", []),
    ])
    func `PLaMo takes the way with the best scores, with bytes for what no token covers`(
        _ text: String, _ expected: [String]
    ) throws {
        let tokenizer = try make("plamo2", Self.plamo)
        #expect(tokenizer.pieces(text) == expected)
    }

    @Test func `PLaMo's bytes that are not UTF-8 decode to themselves`() throws {
        let tokenizer = try make("plamo2", Self.plamo)
        let bytes: [UInt8] = [0x80, 0x61, 0xE4, 0xB8, 0x62, 0xE4, 0xB8, 0xAD, 0xFF, 0x80, 0x80, 0x80, 0x80]
        #expect(tokenizer.decode(tokenizer.encode(bytes.span, addSpecial: false, parseSpecial: false)) == bytes)
    }

    // MARK: - hybriddna

    @Test func `DNA is cut by six letters between its marks`() throws {
        let tokens: [Token] = [
            ("<dna>", 0, .normal), ("</dna>", 0, .normal), ("<oov>", 0, .normal), ("ACGTAC\u{E000}", 0, .normal),
            ("GTAAAA\u{E000}", 0, .normal),
        ]
        let tokenizer = try make("hybriddna", SmallVocabulary.byteLevelBase + tokens, preTokenizer: "gpt-2")
        let found = tokenizer.encode("x<dna>acgtacGT</dna>y<dna>N", addSpecial: false, parseSpecial: false)
        #expect(found == [0x78, 256, 259, 260, 257, 0x79, 256, 258])
        #expect(tokenizer.decodedText(found) == "x<dna>ACGTACGTAAAA</dna>y<dna><oov>")
    }

    @Test(arguments: ["rwkv", "plamo2", "gemma4", "whitespace", "hybriddna"], ["a", "中", "\u{FF}", "<dna>", " "])
    func `a megabyte of one kind takes no longer than its length`(_ model: String, _ unit: String) throws {
        let base = model == "hybriddna" ? SmallVocabulary.byteLevelBase : Self.plamo
        let tokenizer = try make(
            model, base + [("aaaaaaaa", -1, .normal)], preTokenizer: model == "hybriddna" ? "gpt-2" : nil)
        let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
        let time = ContinuousClock().measure { _ = tokenizer.encode(text, addSpecial: false, parseSpecial: true) }
        #expect(time < .seconds(30))
    }
}
