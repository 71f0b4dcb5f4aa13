import Foundation
import TestSupport
import Testing
import Tokenizers

/// Random texts, and the ids that llama.cpp gives for them; see `Fixtures/golden/tokenizers/README.md`.
@Suite(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
struct GoldenIDTests {
    @Test(arguments: [
        ("llama-spm", nil), ("gpt-2", nil), ("llama-bpe", nil), ("qwen2", nil), ("gpt-2", "smollm"),
        ("gpt-2", "default"),
    ])
    func `random texts give the ids that llama.cpp gives`(_ vocabulary: String, _ preTokenizer: String?) throws {
        let name = preTokenizer.map { "\(vocabulary).\($0)" } ?? vocabulary
        let tokenizer = try VocabularyFile.sharedTokenizer(vocabulary, preTokenizer: preTokenizer)
        for (text, expected) in try cases(name) {
            let tokens = tokenizer.encode(text.span, addSpecial: false, parseSpecial: false)
            #expect(tokens == expected, "\(String(decoding: text, as: UTF8.self))")
            #expect(tokenizer.decode(tokens) == text)
        }
    }

    @Test(arguments: ["llama-spm", "gpt-2", "llama-bpe", "qwen2"])
    func `with special tokens added and parsed, random texts give the ids that llama.cpp gives`(
        _ vocabulary: String
    ) throws {
        let tokenizer = try VocabularyFile.sharedTokenizer(vocabulary)
        for (text, expected) in try cases("\(vocabulary).special") {
            let tokens = tokenizer.encode(text.span, addSpecial: true, parseSpecial: true)
            #expect(tokens == expected, "\(String(decoding: text, as: UTF8.self))")
        }
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: Fixtures.path("golden/tokenizers/\(name)"), encoding: .utf8)
    }

    private func cases(_ name: String) throws -> [([UInt8], [Int32])] {
        let texts = try text("texts.hex").split(separator: "\n").map { line in
            let digits = line.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
        let lines = try text("\(name).ids").split(separator: "\n")
        let ids = lines.map { $0.split(separator: " ").compactMap { Int32($0) } }
        #expect(!ids.isEmpty && ids.count <= texts.count)
        return Array(zip(texts, ids))
    }
}
