import TestSupport
import Testing
import Tokenizers

@Suite struct UnigramTests {
    private static let base: [SmallVocabulary.Token] = [
        ("<pad>", 0, .control), ("</s>", 0, .control), ("<unk>", 0, .unknown),
    ]
    private static let pieces: [SmallVocabulary.Token] =
        base + [
            ("▁", -3, .normal), ("a", -4, .normal), ("b", -4, .normal), ("ab", -5, .normal), ("▁ab", -9, .normal),
            ("abab", -10.5, .normal), ("▁▁", -9, .normal), ("<user>", 0, .userDefined),
        ]

    private func make(
        _ tokens: [SmallVocabulary.Token] = pieces, addSpacePrefix: Bool = true,
        normalization: TextNormalization = TextNormalization()
    ) throws -> Tokenizer {
        let vocabulary = try SmallVocabulary.make(tokens)
        var special = try SpecialTokens.defaults(model: "t5", preTokenizer: nil, vocabulary: vocabulary)
        special.addSpacePrefix = addSpacePrefix
        return try Tokenizer(
            model: "t5", preTokenizer: nil, vocabulary: vocabulary, merges: ByteStrings(), special: special,
            normalization: normalization)
    }

    @Test(arguments: [
        ("ab", ["▁", "ab"]), ("abab", ["▁", "ab", "ab"]), ("aab", ["▁", "a", "ab"]), ("xyz", ["▁", "<unk>"]),
        ("axb", ["▁", "a", "<unk>", "b"]), ("  a   b ", ["▁", "a", "▁", "b"]), ("", []), ("   ", []),
        ("a<user>b", ["▁", "a", "<user>", "▁", "b"]),
    ])
    func `the division with the greatest sum of scores is taken`(_ text: String, _ expected: [String]) throws {
        #expect(try make().pieces(text) == expected)
    }

    @Test func `white space stays where the file says so`() throws {
        let tokenizer = try make(
            addSpacePrefix: false, normalization: TextNormalization(removesExtraWhitespace: false))
        #expect(tokenizer.pieces(" a  b ") == ["▁", "a", "▁", "▁", "b", "▁"])
        #expect(tokenizer.decodedText(tokenizer.encode(" a  b ", addSpecial: true, parseSpecial: false)) == " a  b ")
    }

    @Test func `a character without a token becomes its bytes, if all of them are tokens`() throws {
        let bytes: [SmallVocabulary.Token] = [("<0xC3>", 0, .byte), ("<0xA9>", 0, .byte)]
        let tokenizer = try make(Self.pieces + bytes)
        #expect(tokenizer.pieces("éaè") == ["▁", "<0xC3>", "<0xA9>", "a", "<unk>"])
        #expect(tokenizer.decodedText(tokenizer.encode("éa", addSpecial: true, parseSpecial: false)) == "éa")
    }

    @Test func `an ill-formed byte is a replacement character`() throws {
        let tokenizer = try make(Self.pieces + [("\u{FFFD}", -4, .normal)])
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3]
        #expect(tokenizer.encode(bytes.span, addSpecial: false, parseSpecial: false) == [3, 4, 11, 11])
    }

    @Test func `what is added around a text depends on the vocabulary`() throws {
        #expect(try make().pieces("a", addSpecial: true) == ["▁", "a", "</s>"])
        let roberta: [SmallVocabulary.Token] = [("<s>", 0, .control)]
        #expect(try make(Self.pieces + roberta).pieces("a", addSpecial: true) == ["<s>", "▁", "a", "</s>"])
    }

    @Test(arguments: ["a", "\u{301}", "ab", " ", "x", "a "])
    func `a megabyte of one kind takes no longer than its length`(_ unit: String) throws {
        let tokenizer = try make()
        let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
        let clock = ContinuousClock()
        let time = clock.measure { _ = tokenizer.encode(text, addSpecial: false, parseSpecial: true) }
        #expect(time < .seconds(30))
    }

    // MARK: - Replacements

    @Test(arguments: [
        ([1, 2], "it has only 2 bytes"), ([0, 0, 0, 0, 0], "it says that 0 of its 5 bytes are the trie"),
        ([8, 0, 0, 0, 1, 2, 3, 4], "it says that 8 of its 8 bytes are the trie"),
        ([3, 0, 0, 0, 1, 2, 3, 4], "it says that 3 of its 8 bytes are the trie"),
        ([4, 0, 0, 0, 1, 2, 3, 4] + [UInt8](repeating: 1, count: 1025), "a replacement has more than 1024 bytes"),
    ])
    func `a table of replacements that makes no sense is an error`(_ blob: [UInt8], _ reason: String) {
        #expect(throws: TokenizerError.invalidCharsmap(reason)) {
            try make(normalization: TextNormalization(precompiledCharsmap: blob))
        }
    }

    @Test func `whatever a table of replacements holds, encoding stays within it`() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<300 {
            let units = Int.random(in: 1...512, using: &random)
            var blob = (0..<4).map { UInt8(truncatingIfNeeded: (units * 4) >> (8 * $0)) }
            for _ in 0..<units {
                // Labels and offsets that often fit, so that some of the trie is walked.
                let label = UInt32.random(in: 0..<256, using: &random)
                let offset = UInt32.random(in: 0..<600, using: &random) << 10
                let unit = label | offset | UInt32.random(in: 0..<8, using: &random) << 8
                for shift in [0, 8, 16, 24] { blob.append(UInt8(truncatingIfNeeded: unit >> UInt32(shift))) }
            }
            for _ in 0..<64 { blob.append(UInt8.random(in: 0...127, using: &random)) }
            let tokenizer = try make(normalization: TextNormalization(precompiledCharsmap: blob))
            let text = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = tokenizer.encode(text.span, addSpecial: true, parseSpecial: true)
        }
    }
}
