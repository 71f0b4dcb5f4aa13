import Testing
import Tokenizers

@Suite struct StreamingDecoderTests {
    @Test func `the bytes of a character come out together`() throws {
        var decoder = StreamingDecoder(try SmallVocabulary.byteLevel([], merges: []))
        let tokens = Array("é🦙!".utf8).map { Int32($0) }
        #expect(tokens.map { decoder.append($0) } == ["", "é", "", "", "", "🦙", "!"])
        #expect(decoder.finish() == "")
    }

    @Test func `an ill-formed sequence comes out as soon as it is known to be one`() throws {
        var decoder = StreamingDecoder(try SmallVocabulary.byteLevel([], merges: []))
        let tokens: [Int32] = [0xFF, 0xE2, 0x96, 0x61, 0xED, 0xA0]
        #expect(tokens.map { decoder.append($0) } == ["\u{FFFD}", "", "", "\u{FFFD}a", "", "\u{FFFD}\u{FFFD}"])
    }

    @Test func `a character that is cut short by the end becomes the replacement character`() throws {
        var decoder = StreamingDecoder(try SmallVocabulary.byteLevel([], merges: []))
        #expect(decoder.append(0xF0) + decoder.append(0x9F) == "")
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.finish() == "")
    }

    @Test func `the pieces together are what decoding all at once gives`() throws {
        let tokenizer = try SmallVocabulary.byteLevel([("abc", 0, .normal), ("ðŁ¦", 0, .normal)], merges: [])
        var random = SeededGenerator(seed: 4)
        for length in 0..<400 {
            let leads: [UInt8] = [0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4]
            var tokens = random.bytes(length % 40, from: leads).map { Int32($0) }
            if length % 3 == 0 { tokens.insert(257, at: tokens.count / 2) }
            var decoder = StreamingDecoder(tokenizer)
            let text = tokens.map { decoder.append($0) }.joined() + decoder.finish()
            #expect(text.unicodeScalars.elementsEqual(tokenizer.decodedText(tokens).unicodeScalars))
        }
    }

    @Test func `the space before a text is left out at its start and kept in a continuation`() throws {
        let tokenizer = try SmallVocabulary.sentencePiece([("▁a", 0, .normal)])
        let tokens: [Int32] = [1, 259, 259]
        var start = StreamingDecoder(tokenizer)
        #expect(tokens.map { start.append($0) } == ["", "a", " a"])
        var continuation = StreamingDecoder(tokenizer, startsText: false)
        #expect(tokens.map { continuation.append($0) } == ["", " a", " a"])
    }

    @Test func `special tokens are spelt out when asked for`() throws {
        var decoder = StreamingDecoder(try SmallVocabulary.sentencePiece([]), renderSpecial: true)
        #expect(decoder.append(1) == "<s>")
    }
}
