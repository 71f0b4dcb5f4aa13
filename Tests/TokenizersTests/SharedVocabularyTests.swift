import Foundation
import TestSupport
import Testing
import Tokenizers

/// The test texts that llama.cpp ships with its vocabularies, and the ids that Hugging Face's tokenizers give for them.
@Suite(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
struct SharedVocabularyTests {
    @Test(arguments: ["llama-spm", "gpt-2", "llama-bpe", "qwen2"])
    func `every text of a vocabulary's test file gives the ids of its expectation file`(_ name: String) throws {
        let path = SharedData.path("vocab/ggml-vocab-\(name).gguf")
        let tokenizer = try VocabularyFile.sharedTokenizer(name)
        let texts = split(try String(contentsOfFile: path + ".inp", encoding: .utf8), at: "\n__ggml_vocab_test__\n")
        let lines = try String(contentsOfFile: path + ".out", encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(texts.count == 47)
        for (text, line) in zip(texts, lines) {
            let expected = line.split(separator: " ").compactMap { Int32($0) }
            let tokens = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
            #expect(tokens == expected, "\(text)")
            #expect(String(decoding: tokenizer.decode(tokens), as: UTF8.self) == text)
        }
    }

    private func split(_ text: String, at separator: String) -> [String] {
        var parts: [String] = []
        var rest = text.unicodeScalars[...]
        while let range = firstRange(of: separator, in: rest) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }

    private func firstRange(
        of separator: String, in text: Substring.UnicodeScalarView
    ) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            let rest = text[start...]
            if rest.starts(with: separator.unicodeScalars) {
                return start..<rest.index(start, offsetBy: separator.unicodeScalars.count)
            }
            start = text.index(after: start)
        }
        return nil
    }
}
