import GGUF
import Swiftlet
import TestSupport
import Testing
import Tokenizers

/// Texts made of segments, as chat templates make them.
@Suite struct SegmentTests {
    private let tokenizer: Tokenizer

    init() throws {
        tokenizer = try Tokenizer(GGUFFile(path: Fixtures.path("chat.gguf")))
    }

    private func segments(_ parts: (String, Bool)...) -> [TextSegment] {
        parts.map { TextSegment(Array($0.0.utf8), parsesSpecial: $0.1) }
    }

    @Test func `segments are tokenized as one text`() {
        let whole = tokenizer.encode("What is the capital of France?", addSpecial: false, parseSpecial: true)
        let parts = segments(("What is the cap", true), ("ital of Fr", false), ("ance?", true))
        #expect(tokenizer.encode(parts, addsBOS: false) == whole)
    }

    @Test func `a control token is found in a single segment that may have one`() throws {
        let end = try #require(tokenizer.id(of: "<|endoftext|>"))
        #expect(tokenizer.encode(segments(("a<|endoftext|>b", true)), addsBOS: false).contains(end))
        #expect(!tokenizer.encode(segments(("a<|endoftext|>b", false)), addsBOS: false).contains(end))
        let split = segments(("a<|endof", true), ("text|>b", true))
        #expect(!tokenizer.encode(split, addsBOS: false).contains(end))
    }

    @Test func `a text that was met before keeps its tokens`() throws {
        let end = try #require(tokenizer.id(of: "<|endoftext|>"))
        let usual = tokenizer.encode("What is", addSpecial: false, parseSpecial: false)
        let unusual = "What is".utf8.flatMap { tokenizer.encode([$0].span, addSpecial: false, parseSpecial: false) }
        #expect(unusual.count == 7 && usual.count < 7)
        let known = KnownTexts([end] + unusual + [end], tokenizer)
        let parts = segments(("<|endoftext|>", true), ("What is", false), ("<|endoftext|>What is it", true))
        let found = tokenizer.encode(parts, addsBOS: false, known: known)
        #expect(found.starts(with: [end] + unusual + [end]))
        #expect(
            found.dropFirst(9).elementsEqual(
                tokenizer.encode("What is it", addSpecial: false, parseSpecial: false)))
    }
}
