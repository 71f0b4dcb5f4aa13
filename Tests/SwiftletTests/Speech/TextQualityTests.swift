import TestSupport
import Testing

@testable import Swiftlet

@Suite struct TextQualityTests {
    /// A text and how far zlib shrinks it (Python's `zlib.compress`, which openai-whisper asks).
    struct Sample: Sendable {
        let text: String
        let ratio: Double
    }

    @Test(arguments: [
        Sample(text: "The quick brown fox jumps over the lazy dog.", ratio: 0.8627),
        Sample(
            text: "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your "
                + "country.", ratio: 1.35),
        Sample(text: " seven four nine two eight zero one three five six seven seven four two", ratio: 1.1833),
        Sample(text: String(repeating: " Thank you.", count: 20), ratio: 10),
        Sample(text: String(repeating: " Okay.", count: 5), ratio: 1.7647),
        Sample(text: String(repeating: " I'm going to go to the store.", count: 8), ratio: 6.3158),
        Sample(
            text: "We choose to go to the moon in this decade and do the other things, not because they are easy, but "
                + "because they are hard, because that goal will serve to organize and measure the best of our energies "
                + "and skills, because that challenge is one that we are willing to accept, one we are unwilling to "
                + "postpone, and one which we intend to win, and the others, too.", ratio: 1.8316),
        Sample(
            text: "Über allen Gipfeln ist Ruh, in allen Wipfeln spürest du kaum einen Hauch; die Vögelein schweigen im "
                + "Walde. Warte nur, balde ruhest du auch.", ratio: 1.1933),
        Sample(
            text: "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いて"
                + "いた事だけは記憶している。", ratio: 1.3618),
        Sample(
            text: "turn on the light in the kitchen. turn on the light in the bedroom. turn off the light in the "
                + "kitchen. turn off the light in the hall.", ratio: 2.1967),
        Sample(text: "no no no no no no no no no no no no", ratio: 2.6923),
        Sample(
            text: "It is what it is. It is what it is, and it was what it was. It is what it is. So it is what it is.",
            ratio: 2.0851),
    ])
    func `a text shrinks as far as zlib shrinks it`(_ sample: Sample) {
        let found = CompressionRatio.of(sample.text)
        #expect(abs(found / sample.ratio - 1) < 0.06, "\(found) \(sample.ratio)")
    }

    @Test func `an empty text does not shrink`() {
        #expect(CompressionRatio.of("") == 0)
    }

    @Test func `a text that goes round is cut behind its first round`() throws {
        let special = try NanoSpeech.model().tokens
        let round: [Token] = [7, 8, 9, 10]
        let loop: [Token] = [1, 2, 3] + Array((0..<6).map { _ in round }.joined())
        #expect(Loop.repeatedTokens(loop, special) == 20)
        // Times do not count.
        let timed: [Token] = [1, 2, 3] + Array((0..<6).map { round + [special.timestamps.lowerBound + $0] }.joined())
        #expect(Loop.repeatedTokens(timed, special) == 25)
        #expect(Loop.repeatedTokens([Token](repeating: 5, count: 24), special) == 23)
    }

    @Test func `what people say more than once is no loop`() throws {
        let special = try NanoSpeech.model().tokens
        #expect(Loop.repeatedTokens([Token](repeating: 5, count: 20), special) == nil)
        #expect(Loop.repeatedTokens(Array(repeatElement([7, 8, 9, 10] as [Token], count: 5).joined()), special) == nil)
        #expect(Loop.repeatedTokens(Array(0..<200), special) == nil)
        #expect(Loop.repeatedTokens([], special) == nil)
    }

    private func window(_ mean: Double, _ ratio: Double, noSpeech: Double = 0) -> DecodedWindow {
        var text = Hypothesis()
        text.append(65, 2 * mean)
        return DecodedWindow(text: text, temperature: 0, noSpeechProbability: noSpeech, compressionRatio: ratio)
    }

    @Test func `the first result that is good enough is taken`() throws {
        let fallback = Fallback(TranscriptionOptions())
        var tried: [Double] = []
        let found = try fallback.decode { temperature throws(SwiftletError) in
            tried.append(temperature)
            return temperature < 0.3 ? window(-2, 1) : window(-0.5, 1.5)
        }
        #expect(tried == [0, 0.2, 0.4] && found.compressionRatio == 1.5)
    }

    @Test func `where none is, the likeliest that does not repeat itself`() throws {
        let fallback = Fallback(TranscriptionOptions())
        let results = [window(-0.1, 9), window(-3, 1), window(-2, 2), window(-1.5, 3), window(-4, 1), window(-5, 1)]
        var next = results.makeIterator()
        let found = try fallback.decode { _ throws(SwiftletError) in next.next() ?? results[0] }
        #expect(found.compressionRatio == 2)
    }

    @Test func `silence needs both signs, and is good enough`() {
        let fallback = Fallback(TranscriptionOptions())
        #expect(fallback.isSilent(window(-2, 1, noSpeech: 0.7)))
        #expect(!fallback.isSilent(window(-0.5, 1, noSpeech: 0.7)))
        #expect(!fallback.isSilent(window(-2, 1, noSpeech: 0.5)))
        #expect(fallback.isGoodEnough(window(-2, 9, noSpeech: 0.7)))
        #expect(!fallback.isGoodEnough(window(-2, 1)) && !fallback.isGoodEnough(window(-0.1, 2.5)))
    }

    @Test func `a length penalty weighs texts as Wu et al. do`() {
        var text = Hypothesis()
        for _ in 0..<7 { text.append(65, -1) }
        #expect(text.score(penalty: nil) == -1)
        #expect(abs(text.score(penalty: 0.5) - -7 / 2.0.squareRoot()) < 1e-12)
    }
}
