import Testing
import Tokenizers

@Suite struct ByteLevelBPETests {
    private static let tokens: [SmallVocabulary.Token] = [
        ("ab", 0, .normal), ("bc", 0, .normal), ("abc", 0, .normal), ("Ġa", 0, .normal), ("cc", 0, .normal),
    ]
    private static let merges = ["b c", "a b", "Ġ a", "ab c"]

    @Test func `the pair that comes first in the merges is merged first`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.tokens, merges: Self.merges)
        #expect(tokenizer.pieces("abc") == ["a", "bc"])
        #expect(tokenizer.pieces("ab abb") == ["ab", "Ġ", "ab", "b"])
        #expect(tokenizer.pieces("b a") == ["b", "Ġa"])
    }

    @Test func `a whole word that is a token skips merging where the pre-tokenizer says so`() throws {
        let llama = try SmallVocabulary.byteLevel(Self.tokens, merges: Self.merges, preTokenizer: "llama-bpe")
        #expect(llama.pieces("abc") == ["abc"])
        #expect(llama.pieces("cc") == ["cc"])
        #expect(try SmallVocabulary.byteLevel(Self.tokens, merges: Self.merges).pieces("cc") == ["c", "c"])
    }

    @Test(arguments: ["", " ", "ab", " ab", "ab ", "a  b", "a missing", "c a", "a b extra"])
    func `a merge that cannot apply is left out`(_ merge: String) throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.tokens, merges: [merge] + Self.merges)
        #expect(tokenizer.pieces("ca abc bb") == ["c", "a", "Ġa", "bc", "Ġ", "b", "b"])
    }

    @Test func `without merges the token with the lowest id is merged first`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.tokens, merges: [])
        #expect(tokenizer.pieces("abc") == ["abc"])
        #expect(tokenizer.pieces("abcc") == ["abc", "c"])
        #expect(tokenizer.pieces("bcc ab") == ["bc", "c", "Ġ", "ab"])
    }

    @Test func `of merges of the same pair the first counts`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.tokens, merges: ["a b", "b c", "a b"])
        #expect(tokenizer.pieces("abc") == ["ab", "c"])
    }

    @Test func `a byte without a token becomes the unknown token, or nothing`() throws {
        let base = SmallVocabulary.byteLevelBase.filter { $0.text != "z" } + [("<unk>", 0, .unknown)]
        #expect(try SmallVocabulary.byteLevel([], merges: [], base: base).pieces("azb") == ["a", "b"])
        let special = SpecialTokens(unknown: 255)
        let tokenizer = try SmallVocabulary.byteLevel([], merges: [], base: base, special: special)
        #expect(tokenizer.pieces("azb") == ["a", "<unk>", "b"])
    }

    @Test func `merging never makes a control token`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(
            [("ab", 0, .control)], merges: ["a b"], preTokenizer: "llama-bpe")
        #expect(tokenizer.pieces("ab") == ["a", "b"])
        #expect(tokenizer.pieces("ab", parseSpecial: true) == ["ab"])
    }

    @Test func `a token with characters outside the alphabet decodes to its own text`() throws {
        let tokenizer = try SmallVocabulary.byteLevel([("你 Ġ", 0, .normal)], merges: [])
        #expect(tokenizer.decodedText([256]) == "你 Ġ")
    }

    @Test(arguments: texts)
    func `a text decodes to itself`(_ text: String) throws {
        for preTokenizer in PreTokenizer.all.filter(\.isByteLevel).compactMap(\.names.first) {
            let tokenizer = try SmallVocabulary.byteLevel(Self.tokens, merges: Self.merges, preTokenizer: preTokenizer)
            #expect(tokenizer.decodedText(tokenizer.encode(text, addSpecial: true, parseSpecial: false)) == text)
        }
    }

    @Test func `bytes that are not UTF-8 decode to themselves`() throws {
        var random = SeededGenerator(seed: 2)
        for preTokenizer in PreTokenizer.all.filter(\.isByteLevel).compactMap(\.names.first) {
            let tokenizer = try SmallVocabulary.byteLevel(Self.tokens, merges: Self.merges, preTokenizer: preTokenizer)
            for length in 0..<120 {
                let favourites: [UInt8] = [0x0A, 0x20, 0x27, 0x31, 0x61, 0x73, 0x80, 0xA0, 0xC3, 0xE2, 0xFF]
                let bytes = random.bytes(length, from: favourites)
                let tokens = tokenizer.encode(bytes.span, addSpecial: false, parseSpecial: true)
                #expect(tokenizer.decode(tokens) == bytes)
            }
        }
    }

    @Test func `every byte has its own character in the alphabet, and it is the published one`() {
        let alphabet = ByteAlphabet()
        var text: [UInt8] = []
        for byte in UInt8.min...UInt8.max { alphabet.append(byte, to: &text) }
        let characters = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        #expect(Set(characters).count == 256)
        let published: [(Int, Unicode.Scalar)] = [
            (0, "Ā"), (0x0A, "Ċ"), (0x20, "Ġ"), (0x41, "A"), (0x7F, "ġ"), (0xA0, "ł"), (0xAD, "Ń"), (0xFF, "ÿ"),
        ]
        for (byte, character) in published { #expect(characters[byte] == character) }
        for (byte, character) in characters.enumerated() { #expect(alphabet.byte(of: character.value) == UInt8(byte)) }
    }
}
