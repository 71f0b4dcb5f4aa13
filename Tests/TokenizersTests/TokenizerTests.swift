import Testing
import Tokenizers

@Suite struct TokenizerTests {
    @Test func `an unknown model is an error that names it and the known ones`() {
        let known = ["llama", "gpt2", "bert", "t5", "gemma4", "whitespace", "rwkv", "plamo2", "hybriddna"]
        let error = TokenizerError.unknownModel("test", known: known)
        #expect(throws: error) {
            try Tokenizer(
                model: "test", preTokenizer: nil, vocabulary: Vocabulary(), merges: ByteStrings(),
                special: SpecialTokens())
        }
        #expect(
            error.description
                == "unknown tokenizer model 'test'; known are: llama, gpt2, bert, t5, gemma4, whitespace, rwkv, plamo2, "
                + "hybriddna")
    }

    @Test func `an unknown pre-tokenizer is an error that names it and the known ones`() {
        let known = PreTokenizer.all.flatMap(\.names)
        #expect(Set(known).count == known.count && known.contains("tekken"))
        #expect(throws: TokenizerError.unknownPreTokenizer("tekken2", known: known)) {
            try SmallVocabulary.byteLevel([], merges: [], preTokenizer: "tekken2")
        }
    }

    @Test(arguments: ["", "0A", "<0x0>", "<0x0G>", "<0x0A", "<0x0A>>"])
    func `a byte token that names no byte is an error`(_ text: String) {
        #expect(throws: TokenizerError.invalidByteToken(id: 259, text: text)) {
            try SmallVocabulary.sentencePiece([(text, 0, .byte)])
        }
    }

    @Test func `an empty vocabulary encodes everything to nothing`() throws {
        for model in ["llama", "gpt2"] {
            let tokenizer = try Tokenizer(
                model: model, preTokenizer: nil, vocabulary: Vocabulary(), merges: ByteStrings(),
                special: SpecialTokens())
            #expect(tokenizer.encode("some text", addSpecial: true, parseSpecial: true).isEmpty)
        }
    }

    @Test func `an id outside the vocabulary stands for nothing`() throws {
        let tokenizer = try SmallVocabulary.byteLevel([], merges: [])
        #expect(tokenizer.decode([-1, 256, .max, .min, 0x61]) == [0x61])
        #expect(tokenizer.text(of: 256) == nil && tokenizer.text(of: -1) == nil)
    }

    @Test func `texts and ids are found from each other`() throws {
        let tokenizer = try SmallVocabulary.byteLevel([("Ġthe", 0, .normal)], merges: [])
        #expect(tokenizer.vocabularySize == 257)
        #expect(tokenizer.id(of: "Ġthe") == 256)
        #expect(tokenizer.text(of: 256) == "Ġthe")
        #expect(tokenizer.id(of: "the") == nil && tokenizer.id(of: "") == nil)
    }

    @Test func `a text and its bytes have the same tokens`() throws {
        let tokenizer = try SmallVocabulary.byteLevel([], merges: [])
        let bytes = Array("né 1".utf8)
        #expect(
            tokenizer.encode(bytes.span, addSpecial: false, parseSpecial: false)
                == tokenizer.encode("né 1", addSpecial: false, parseSpecial: false))
    }
}

@Suite struct VocabularyTests {
    @Test func `of tokens with the same text the first is found`() throws {
        let tokens: [SmallVocabulary.Token] = [
            ("x", 1, .normal), ("", 0, .normal), ("x", 2, .control), ("y", 3, .byte),
        ]
        let vocabulary = try SmallVocabulary.make(tokens)
        #expect(vocabulary.id(of: "x".utf8.span) == 0)
        #expect(vocabulary.id(of: "y".utf8.span) == 3)
        #expect(vocabulary.id(of: "".utf8.span) == nil)
        #expect(vocabulary.kind(of: 2) == .control && vocabulary.score(of: 2) == 2)
    }

    @Test func `merges with tokens of the same text use the first`() throws {
        let tokens: [SmallVocabulary.Token] = [("ab", 0, .normal), ("ab", 0, .normal), ("abab", 0, .normal)]
        let tokenizer = try SmallVocabulary.byteLevel(tokens, merges: ["a b", "ab ab"])
        #expect(tokenizer.encode("ab abab", addSpecial: false, parseSpecial: false) == [256, 0x20, 258])
    }

    @Test func `a vocabulary grows beyond its capacity`() throws {
        var vocabulary = Vocabulary(capacity: 3)
        for i in 0..<2000 { try vocabulary.append("token \(i)".utf8.span, kind: .normal) }
        #expect(vocabulary.count == 2000)
        for i in 0..<2000 { #expect(vocabulary.id(of: "token \(i)".utf8.span) == Int32(i)) }
        #expect(vocabulary.id(of: "token 2000".utf8.span) == nil)
    }
}
