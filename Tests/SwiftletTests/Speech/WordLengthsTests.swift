import Swiftlet
import TestSupport
import Testing

/// Words of 0.2 s, one of them stretched.
@Suite struct WordLengthsTests {
    private func words(_ texts: [(String, Double, Double)]) -> [TranscriptWord] {
        texts.map { TranscriptWord(text: $0.0, start: $0.1, end: $0.2, probability: 1) }
    }

    private func times(_ words: [TranscriptWord]) -> [Double] {
        words.flatMap { [$0.start, $0.end] }.map { ($0 * 1000).rounded() / 1000 }
    }

    private func placed(
        _ words: [TranscriptWord], start: Double, end: Double, since: Double = 0
    ) -> TranscriptSegment {
        var segment = TranscriptSegment(start: start, end: end, text: "")
        WordLengths(words).place(words, in: &segment, silentSince: since)
        return segment
    }

    @Test func `the middle word of those that take time, at most 0.7 s`() {
        #expect(WordLengths([]).median == 0)
        let some = words([(" a", 0, 0.2), (" b", 0.2, 0.2), (" c", 0.2, 0.6)])
        #expect(abs(WordLengths(some).median - 0.3) < 1e-9)
        #expect(WordLengths(words([(" a", 0, 2)])).median == 0.7)
    }

    @Test(arguments: [(" c.", 2.6), (" c。", 2.6), (" c?\"", 2.6), (" c", 1)])
    func `a sentence's first word does not begin in the pause before it`(text: String, start: Double) {
        var some = words([(" a", 0, 0.2), (" b", 0.2, 0.4), (text, 0.4, 0.6), (" D", 1, 3), (" e", 3, 3.2)])
        WordLengths(some).shortenBehindSentences(&some)
        #expect(times(some) == [0, 0.2, 0.2, 0.4, 0.4, 0.6, start, 3, 3, 3.2])
    }

    @Test func `the first two words behind a pause do not begin in it`() {
        let rest = [(" c", 5.0, 5.2), (" d", 5.2, 5.4), (" e", 5.4, 5.6)]
        let first = placed(words([(" a", 2, 4.8), (" b", 4.8, 5)] + rest), start: 2, end: 5.6)
        #expect(times(first.words ?? []).prefix(4) == [4.4, 4.8, 4.8, 5])
        let both = placed(words([(" a", 2, 3.4), (" b", 3.4, 5)] + rest), start: 2, end: 5.6)
        #expect(times(both.words ?? []).prefix(4) == [4.2, 4.6, 4.6, 5])
        // Without a pause it may be a long word.
        let near = placed(words([(" a", 4.3, 4.8), (" b", 4.8, 5)] + rest), start: 4.3, end: 5.6, since: 4.2)
        #expect(near.start == 4.3)
    }

    @Test func `of a word that is too long the segment's own time is believed`() {
        let long = words([(" a", 1, 2.4), (" b", 2.4, 2.6), (" c", 2.6, 2.8), (" d", 2.8, 4.4)])
        let segment = placed(long, start: 2, end: 3, since: 1)
        let median = WordLengths(long).median
        #expect(abs(median - 0.7) < 1e-9)
        #expect(times(segment.words ?? []) == [1.7, 2.4, 2.4, 2.6, 2.6, 2.8, 2.8, 3.5])
        #expect(segment.start == segment.words?.first?.start && segment.end == segment.words?.last?.end)
    }

    @Test func `a segment begins and ends with its words`() {
        let segment = placed(words([(" a", 1, 1.2), (" b", 1.2, 1.4)]), start: 0, end: 3, since: 1)
        #expect(segment.start == 1 && segment.end == 1.4)
        let empty = placed([], start: 0, end: 3)
        #expect(empty.start == 0 && empty.end == 3 && empty.words == [])
    }

    @Test func `what comes too early is moved behind what came before it`() {
        var order = TimeOrder()
        var first = TranscriptSegment(start: 1, end: 2, text: "")
        order.place(&first)
        #expect(first.start == 1 && first.end == 2)
        var second = TranscriptSegment(
            start: 1.5, end: 1.8, text: "", words: words([(" a", 1.5, 1.9), (" b", 1.7, 2.5), (" c", 2.4, 2.3)]))
        order.place(&second)
        #expect(times(second.words ?? []) == [2, 2, 2, 2.5, 2.5, 2.5])
        #expect(second.start == 2 && second.end == 2.5 && order.end == 2.5)
        var third = TranscriptSegment(start: 0, end: 1, text: "")
        order.place(&third)
        #expect(third.start == 2.5 && third.end == 2.5)
    }

    /// Words of an alignment follow each other; segments may say anything.
    @Test(arguments: 0..<300) func `whatever is aligned and said, times are in order`(seed: Int) {
        var random = SeededRandom(seed: seed)
        var order = TimeOrder()
        var segments: [TranscriptSegment] = []
        for window in 0..<3 {
            var time = Double(window) * 5
            func next(_ most: Int) -> Double {
                time += Double(random.below(most)) / 50
                return time
            }
            var all: [[TranscriptWord]] = []
            for _ in 0..<1 + random.below(4) {
                all.append(
                    (0..<random.below(6)).map { _ in
                        let start = next(random.below(4) == 0 ? 120 : 1)
                        let text = [" and", " so,", " it.", " 5%?"][random.below(4)]
                        return TranscriptWord(text: text, start: start, end: next(60), probability: 1)
                    })
            }
            let lengths = WordLengths(all.flatMap(\.self))
            var flat = all.flatMap(\.self)
            lengths.shortenBehindSentences(&flat)
            for words in all {
                let (start, length) = (Double(random.below(900)) / 50, Double(random.below(200)) / 50)
                var segment = TranscriptSegment(start: start, end: start + length, text: "")
                lengths.place(Array(flat.prefix(words.count)), in: &segment, silentSince: order.end)
                flat.removeFirst(words.count)
                order.place(&segment)
                segments.append(segment)
            }
        }
        #expect(TimeChecks.contradiction(in: segments, duration: .infinity) == nil)
        #expect(segments.allSatisfy { $0.words?.isEmpty != false || $0.start == $0.words?.first?.start })
    }

    @Test(arguments: [
        (" country.", " country"), (" \"Yes\"", "Yes"), (" (no)", "no"), (" 5%", " 5%"), (" it's", " it's"), ("。", "。"),
        (" ...", " ..."), ("", ""),
    ])
    func `punctuation at a word's ends is not spoken`(text: String, spoken: String) throws {
        let model = try NanoSpeech.model()
        // Each character on its own, as no vocabulary puts all of these together.
        let tokens = text.flatMap { model.tokenize(String($0)) }
        #expect(model.detokenize(Array(tokens[WordSplit.spoken(tokens, model)])) == spoken)
    }
}
