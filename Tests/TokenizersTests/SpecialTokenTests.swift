import Testing
import Tokenizers

@Suite struct SpecialTokenTests {
    @Test(arguments: [Int32(256), -1, .max, .min])
    func `a special token outside the vocabulary is an error that names it`(_ id: Int32) {
        let named = [
            ("bos", SpecialTokens(bos: id)), ("eos", SpecialTokens(eos: id)), ("eot", SpecialTokens(eot: id)),
            ("eom", SpecialTokens(eom: id)), ("unknown", SpecialTokens(unknown: id)),
            ("separator", SpecialTokens(separator: id)), ("padding", SpecialTokens(padding: id)),
            ("mask", SpecialTokens(mask: id)),
        ]
        for (name, special) in named {
            #expect(throws: TokenizerError.specialTokenOutOfRange(name: name, id: id, vocabularySize: 256)) {
                try SmallVocabulary.byteLevel([], merges: [], special: special)
            }
        }
    }

    @Test func `a token to be added that does not exist is an error that names it`() {
        #expect(throws: TokenizerError.missingSpecialToken(name: "bos", requiredBy: "addBOS")) {
            try SmallVocabulary.byteLevel([], merges: [], special: SpecialTokens(addBOS: true))
        }
        #expect(throws: TokenizerError.missingSpecialToken(name: "eos", requiredBy: "addEOS")) {
            try SmallVocabulary.byteLevel([], merges: [], special: SpecialTokens(addEOS: true))
        }
    }

    @Test func `tokens are put around a text only when asked for`() throws {
        let special = SpecialTokens(bos: 256, eos: 257, addBOS: true, addEOS: true)
        let tokenizer = try SmallVocabulary.byteLevel(
            [("<b>", 0, .control), ("<e>", 0, .control)], merges: [], special: special)
        #expect(tokenizer.pieces("x", addSpecial: true) == ["<b>", "x", "<e>"])
        #expect(tokenizer.pieces("x") == ["x"])
        #expect(tokenizer.pieces("", addSpecial: true) == ["<b>", "<e>"])
    }

    @Test func `what a file does not say depends on its model`() throws {
        func defaults(_ model: String, _ preTokenizer: String?) throws(TokenizerError) -> SpecialTokens {
            try SpecialTokens.defaults(model: model, preTokenizer: preTokenizer, vocabulary: Vocabulary())
        }
        let llama = try defaults("llama", nil)
        #expect(llama == SpecialTokens(bos: 1, eos: 2, unknown: 0, addBOS: true, addSpacePrefix: true))
        #expect(try defaults("gpt2", "gpt-2") == SpecialTokens())
        #expect(try defaults("gpt2", "llama3") == SpecialTokens(addBOS: true))
    }

    private static let marks: [SmallVocabulary.Token] = [
        ("<|a|>", 0, .control), ("<|a|><|a|>", 0, .control), ("[u]", 0, .userDefined), ("]<|", 0, .userDefined),
        ("<unk>", 0, .unknown), ("", 0, .control),
    ]

    @Test func `control tokens in a text are found only when special tokens are parsed`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.marks, merges: [])
        #expect(tokenizer.pieces("x<|a|>y<unk>", parseSpecial: true) == ["x", "<|a|>", "y", "<unk>"])
        #expect(tokenizer.pieces("<|a|>") == ["<", "|", "a", "|", ">"])
    }

    @Test func `user-defined tokens are always found`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.marks, merges: [])
        #expect(tokenizer.pieces("x[u]y") == ["x", "[u]", "y"])
        #expect(tokenizer.pieces("[u][u]", parseSpecial: true) == ["[u]", "[u]"])
    }

    @Test func `longer special tokens are found first, wherever they stand`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.marks, merges: [])
        #expect(tokenizer.pieces("<|a|><|a|><|a|>", parseSpecial: true) == ["<|a|><|a|>", "<|a|>"])
        #expect(tokenizer.pieces("[]<|a|>", parseSpecial: true) == ["[", "]", "<|a|>"])
        #expect(tokenizer.pieces("[]<|a|>") == ["[", "]<|", "a", "|", ">"])
    }

    private static func encoder(_ kind: TokenKind = .control) throws -> Tokenizer {
        try SmallVocabulary.byteLevel(
            [("<mask>", 0, kind), ("<s>", 0, kind)], merges: [],
            special: SpecialTokens(bos: 257, mask: 256))
    }

    /// What Hugging Face's tokenizers give where `<mask>` has `lstrip` and `<s>` has not, as in RoBERTa and ModernBERT.
    @Test(arguments: [
        ("x \u{A0}\t<mask> y", ["x", "<mask>", "Ġ", "y"]), ("<mask><mask>", ["<mask>", "<mask>"]),
        (" <mask>", ["<mask>"]), ("a <s> <mask>", ["a", "Ġ", "<s>", "<mask>"]),
        ("é\u{3000}\u{2003}<mask>", ["Ã", "©", "<mask>"]), ("<s>  <mask>", ["<s>", "<mask>"]),
        ("x\u{200B} <mask>", ["x", "â", "Ģ", "ĭ", "<mask>"]),
    ])
    func `a mask takes the white space before it along`(text: String, pieces: [String]) throws {
        #expect(try Self.encoder().pieces(text, parseSpecial: true) == pieces)
    }

    @Test func `of a text with gaps only the mask is found`() throws {
        let tokenizer = try Self.encoder()
        let found = tokenizer.encode(maskedText: "a <mask><s>", addSpecial: false)
        #expect(found.map { tokenizer.text(of: $0) } == ["a", "<mask>", "<", "s", ">"])
    }

    @Test func `an encoder's tokens with a role are special, whatever the file says`() throws {
        #expect(try Self.encoder(.normal).pieces("<s>a", parseSpecial: true) == ["<s>", "a"])
        // Without a mask it is no encoder's vocabulary.
        let decoder = try SmallVocabulary.byteLevel(
            [("<s>", 0, .normal)], merges: [], special: SpecialTokens(bos: 256))
        #expect(decoder.pieces("<s>", parseSpecial: true) == ["<", "s", ">"])
    }

    @Test func `control and unknown tokens are spelt out only when asked for`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(Self.marks, merges: [])
        let tokens = tokenizer.encode("x<|a|>[u]<unk>", addSpecial: false, parseSpecial: true)
        #expect(tokenizer.decodedText(tokens) == "x[u]")
        #expect(tokenizer.decodedText(tokens, renderSpecial: true) == "x<|a|>[u]<unk>")
    }

    @Test func `generation ends at the tokens named so and at those whose text says so`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(
            [("A", 0, .control), ("B", 0, .control), ("C", 0, .control), ("<|im_end|>", 0, .normal)], merges: [],
            special: SpecialTokens(eos: 256, eot: 257, eom: 258))
        let ends = (Int32(-1)...260).filter { tokenizer.isEndOfGeneration($0) }
        #expect(ends == [256, 257, 258, 259])
    }

    @Test func `a token that ends a turn is a control token whatever the file says`() throws {
        let tokenizer = try SmallVocabulary.byteLevel(
            [("<|im_end|>", 0, .userDefined), ("<|fim_prefix|>", 0, .normal)], merges: [])
        #expect(tokenizer.pieces("<|im_end|>").count == 10)
        #expect(tokenizer.decode([256, 257]).isEmpty)
        #expect(!tokenizer.isEndOfGeneration(257))
    }

    private static func vocabulary(_ texts: [String], eos: Int32? = nil) throws -> Tokenizer {
        try SmallVocabulary.byteLevel(
            texts.map { ($0, 0, .control) }, merges: [], special: SpecialTokens(eos: eos))
    }

    @Test func `in GPT-OSS's format the end of a message does not end the answer, and its parts are shown`() throws {
        let texts = ["<|end|>", "<|return|>", "<|call|>", "<|channel|>", "<|start|>", "<|x|>"]
        let tokenizer = try Self.vocabulary(texts, eos: 257)
        #expect(tokenizer.endTokens == [257, 258])
        #expect(tokenizer.decodedText([260, 259, 261, 256, 257]) == "<|start|><|channel|><|end|>")
        #expect(tokenizer.pieces("<|start|>").count == 9)
        #expect(try Self.vocabulary(["<|end|>", "<|calls|>", "<|flush|>"]).endTokens == [257, 258])
        #expect(try Self.vocabulary(["<|end|>", "<|return|>"]).endTokens == [256, 257])
    }

    @Test func `where it is ordinary text, </s> ends nothing`() throws {
        let gemma = try Self.vocabulary(["</s>", "<turn|>", "<|tool_response>"])
        #expect(gemma.endTokens == [257, 258])
        #expect(gemma.decodedText([256]) == "</s>")
        #expect(try Self.vocabulary(["</s>", "[e~["]).endTokens == [256, 257])
    }
}
