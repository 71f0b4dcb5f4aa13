import GGUF
import Swiftlet
import TestSupport
import Testing
import Tokenizers

/// The effects of a file's keys.
@Suite struct TokenizerKeyTests {
    private func tokenizer(_ change: (inout GGUFContents) -> Void) throws -> Tokenizer {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/vocabulary.gguf"
        try ModelCopy.write(Fixtures.path("models/vocab-unigram-nfkc.gguf"), to: path, change)
        return try Tokenizer(GGUFFile(path: path))
    }

    @Test func `tokens that are suppressed are those of the vocabulary`() throws {
        let found = try tokenizer { $0.set("tokenizer.ggml.suppress_tokens", [7, -1, 1_000_000, 9] as [Int32]) }
        #expect(found.special.suppressed == [7, 9])
        #expect(try tokenizer { _ in }.special.suppressed.isEmpty)
    }

    @Test func `steps of Hugging Face's decide how Unigram divides a text`() throws {
        let text = "the\u{85}the"
        let sentencePiece = try tokenizer { _ in }.encode(text, addSpecial: false, parseSpecial: false)
        let split = try tokenizer { $0.set("tokenizer.huggingface.steps", ["WhitespaceSplit", "Metaspace"]) }
        let words = split.encode("the the", addSpecial: false, parseSpecial: false)
        #expect(split.encode(text, addSpecial: false, parseSpecial: false) == words)
        #expect(sentencePiece != words)
    }
}
