import Testing
import Tokenizers

/// The words that the published regular expressions find, applied one after another as Hugging Face's `Split` does
/// (computed with Python's `regex`). A case's text is its words joined.
@Suite struct PreTokenizerTests {
    @Test(arguments: [
        ("gpt-2", gpt2), ("llama-bpe", llama3), ("qwen2", qwen2), ("smollm", smolLM), ("default", defaultWords),
    ])
    func `text is cut where the regular expressions cut it`(_ name: String, _ cases: [[String]]) throws {
        let preTokenizer = try PreTokenizer.named(name)
        for words in cases {
            #expect(Self.words(of: words.joined(), preTokenizer) == words)
        }
    }

    @Test(arguments: [("llama3", "llama-bpe"), ("llama-v3", "llama-bpe")])
    func `a pre-tokenizer goes by all its names`(_ other: String, _ name: String) throws {
        #expect(try PreTokenizer.named(other).names == PreTokenizer.named(name).names)
    }

    @Test func `without a name the default pre-tokenizer is used`() throws {
        #expect(try PreTokenizer.named(nil).names == ["default"])
    }

    @Test func `a byte that is not UTF-8 is cut as the replacement character and stays as it is`() throws {
        let text: [UInt8] = [0x61, 0xFF, 0x62, 0x20, 0xE2, 0x96, 0x20, 0xED, 0xA0, 0x80]
        var words = WordIterator(text.span, try PreTokenizer.named("gpt-2"))
        var ends: [Int] = []
        while let word = words.next() { ends.append(word.upperBound) }
        #expect(ends == [1, 2, 3, 6, 10])
    }

    private static func words(of text: String, _ preTokenizer: PreTokenizer) -> [String] {
        let bytes = Array(text.utf8)
        var iterator = WordIterator(bytes.span, preTokenizer)
        var words: [String] = []
        while let word = iterator.next() { words.append(String(decoding: bytes[word], as: UTF8.self)) }
        return words
    }
}

extension PreTokenizerTests {
    private static let gpt2: [[String]] = [
        ["I", "'m", " sure", " it", "'", "S", " you", "'ll"],
        ["''", " '", "twas", " '", "re", "'"],
        ["a", " ", " b", "  ", " c"],
        ["end", "  "],
        ["\n\n ", " x", "\r\n", " y", " \n"],
        ["12345", " 678½", " 9"],
        ["price", ":", " $", "1", ",", "234", ".", "56", " (+", "7", "%)!!", "\n"],
        ["naïve", " Ελλάδα", " 你好", " 안녕"],
        ["e", "\u{301}", " ١٢٣٤", " ", "\u{A0}", "x", "\u{3000}", "\u{3000}", "y"],
        ["<|", "x", "|>", " ~^`", "a", "=", "b"],
        ["don", "'t", " DON", "'", "T"],
        ["\t", " tab", "\u{B}", "\u{85}", "end"],
        ["🙂🙂", " ok", " \u{200B}", "z"],
    ]

    private static let llama3: [[String]] = [
        ["I", "'m", " sure", " it", "'S", " you", "'ll"],
        ["''", " '", "twas", " '", "re", "'"],
        ["a", " ", " b", "  ", " c"],
        ["end", "  "],
        ["\n\n", " ", " x", "\r\n", " y", " \n"],
        ["123", "45", " ", "678", "½", " ", "9"],
        ["price", ":", " $", "1", ",", "234", ".", "56", " (+", "7", "%)!!\n"],
        ["naïve", " Ελλάδα", " 你好", " 안녕"],
        ["e", "\u{301}", " ", "١٢٣", "٤", " ", "\u{A0}x", "\u{3000}", "\u{3000}y"],
        ["<|", "x", "|>", " ~^`", "a", "=b"],
        ["don", "'t", " DON", "'T"],
        ["\t", " tab", "\u{B}", "\u{85}end"],
        ["🙂🙂", " ok", " \u{200B}", "z"],
    ]

    private static let qwen2: [[String]] = [
        ["I", "'m", " sure", " it", "'S", " you", "'ll"],
        ["''", " '", "twas", " '", "re", "'"],
        ["a", " ", " b", "  ", " c"],
        ["end", "  "],
        ["\n\n", " ", " x", "\r\n", " y", " \n"],
        ["1", "2", "3", "4", "5", " ", "6", "7", "8", "½", " ", "9"],
        ["price", ":", " $", "1", ",", "2", "3", "4", ".", "5", "6", " (+", "7", "%)!!\n"],
        ["naïve", " Ελλάδα", " 你好", " 안녕"],
        ["e", "\u{301}", " ", "١", "٢", "٣", "٤", " ", "\u{A0}x", "\u{3000}", "\u{3000}y"],
        ["<|", "x", "|>", " ~^`", "a", "=b"],
        ["don", "'t", " DON", "'T"],
        ["\t", " tab", "\u{B}", "\u{85}end"],
        ["🙂🙂", " ok", " \u{200B}", "z"],
    ]

    private static let smolLM: [[String]] = [
        ["I", "'m", " sure", " it", "'", "S", " you", "'ll"],
        ["''", " '", "twas", " '", "re", "'"],
        ["a", " ", " b", "  ", " c"],
        ["end", "  "],
        ["\n\n ", " x", "\r\n", " y", " \n"],
        ["1", "2", "3", "4", "5", " ", "6", "7", "8", "½", " ", "9"],
        ["price", ":", " $", "1", ",", "2", "3", "4", ".", "5", "6", " (+", "7", "%)!!", "\n"],
        ["naïve", " Ελλάδα", " 你好", " 안녕"],
        ["e", "\u{301}", " ", "١", "٢", "٣", "٤", " ", "\u{A0}", "x", "\u{3000}", "\u{3000}", "y"],
        ["<|", "x", "|>", " ~^`", "a", "=", "b"],
        ["don", "'t", " DON", "'", "T"],
        ["\t", " tab", "\u{B}", "\u{85}", "end"],
        ["🙂🙂", " ok", " \u{200B}", "z"],
    ]

    private static let defaultWords: [[String]] = [
        ["I", "'", "m", " sure", " it", "'", "S", " you", "'", "ll"],
        ["''", " ", "'", "twas", " ", "'", "re", "'"],
        ["a", " ", " b", "  ", " c"],
        ["end", "  "],
        ["\n\n ", " x", "\r\n", " y", " \n"],
        ["123", "45", " ", "678", "½", " ", "9"],
        ["price", ":", " ", "$", "1", ",", "234", ".", "56", " ", "(+", "7", "%)!!", "\n"],
        ["naïve", " Ελλάδα", " 你好", " 안녕"],
        ["e", "\u{301}", " ", "١٢٣٤", " ", "\u{A0}", "x", "\u{3000}", "\u{3000}", "y"],
        ["<|", "x", "|>", " ", "~^", "`", "a", "=", "b"],
        ["don", "'", "t", " DON", "'", "T"],
        ["\t", " tab", "\u{B}", "\u{85}", "end"],
        ["🙂🙂", " ok", " \u{200B}", "z"],
    ]
}
