import Swiftlet
import TestSupport
import Testing

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
        Sample(text: "x", ratio: 0.1111),
        Sample(text: (0..<2000).map { String($0 * $0) }.joined(separator: "\n"), ratio: 2.2118),
        // Counts like Fibonacci's numbers make the deepest codes.
        Sample(
            text: zip("abcdefghijklm", [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233]).map {
                String(repeating: $0, count: $1)
            }.joined(), ratio: 15.225),
    ])
    func `a text shrinks as far as zlib shrinks it`(_ sample: Sample) {
        let found = CompressionRatio.of(sample.text)
        #expect(abs(found - sample.ratio) < 1e-4, "\(found) \(sample.ratio)")
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
        let found = try fallback.decode { temperature, _ throws(SwiftletError) in
            tried.append(temperature)
            return temperature < 0.3 ? window(-2, 1) : window(-0.5, 1.5)
        }
        #expect(tried == [0, 0.2, 0.4] && found.compressionRatio == 1.5)
    }

    @Test func `where none is, the likeliest that does not repeat itself`() throws {
        let fallback = Fallback(TranscriptionOptions())
        let results = [window(-0.1, 9), window(-3, 1), window(-2, 2), window(-1.5, 3), window(-4, 1), window(-5, 1)]
        var next = results.makeIterator()
        let found = try fallback.decode { _, _ throws(SwiftletError) in next.next() ?? results[0] }
        #expect(found.compressionRatio == 2)
    }

    /// Windows of a recording as openai-whisper's tiny.en transcribed them at temperature 0, its mean log-probability, and
    /// whether it fell back.
    @Test(arguments: [
        (
            "7 or 9 to decrease or increase your volume or 8 to exit. Users will join the conference. Users will join the "
                + "conference. The conference will begin when the leader arrives. The conference will begin when our "
                + "glorious leader arrives. The conference will begin when our glorious leader arrives. The conference "
                + "will begin when our glorious leader arrives.", -0.1665, true
        ),
        (
            "To remove the participant who most recently joined the conference, you had been removed from the conference. "
                + "To reset the audio volume of the conference to the default level, to reset the audio volume of the "
                + "conference to the default level, to reset your speaking volume to the default level, to reset your "
                + "speaking volume to the default level. The conference is now unlocked. You are no longer muted.",
            -0.2073, true
        ),
        (
            "If this is the person you're looking for, press one now. Otherwise, please press star now. Welcome to the "
                + "directory. Please enter the first three letters of your party's first name, using your touchtone "
                + "keypad. Use the 7 key for Q and the 9 key for Z. Welcome to the directory. Please enter the first "
                + "three letters of your party's last name, using your touchtone keypad.", -0.2321, false
        ),
        ("7. or 9. to decrease or increase your volume or 8. to exit Users will join the conference", -1.01, true),
        ("7. or 9. to decrease or increase your volume or 8. to exit Users will join the conference", -0.99, false),
    ])
    func `a window falls back where openai-whisper falls back`(text: String, mean: Double, fallsBack: Bool) {
        let found = window(mean, CompressionRatio.of(text), noSpeech: 0.4)
        #expect(Fallback(TranscriptionOptions()).isGoodEnough(found) != fallsBack, "\(found.compressionRatio)")
    }

    @Test func `a text that repeats itself at two temperatures, for sure and to its end, is the speaker's`() throws {
        let fallback = Fallback(TranscriptionOptions())
        func tries(_ results: [DecodedWindow]) throws -> (count: Int, ratio: Double) {
            var next = results.makeIterator()
            var count = 0
            let found = try fallback.decode { _, _ throws(SwiftletError) in
                count += 1
                return next.next() ?? window(-9, 1)
            }
            return (count, found.compressionRatio)
        }
        func said(_ mean: Double, _ ratio: Double, end: Hypothesis.End = .model) -> DecodedWindow {
            var window = window(mean, ratio)
            window.text.end = end
            return window
        }
        #expect(try tries([said(-0.2, 2.6), said(-0.3, 2.5)]) == (2, 2.6))
        #expect(try tries([said(-2, 1), said(-0.2, 2.6), said(-0.3, 2.5)]) == (3, 2.6))
        #expect(try tries([said(-0.2, 2.6), said(-0.3, 2.2)]) == (2, 2.2))
        // It was cut, or the model is not sure.
        #expect(try tries([said(-0.2, 9, end: .loop), said(-0.3, 2.6), said(-0.3, 1)]) == (3, 1))
        #expect(try tries([said(-0.2, 2.6, end: .none), said(-0.3, 2.6), said(-0.3, 1)]) == (3, 1))
        #expect(try tries([said(-0.2, 2.6), said(-1.2, 2.6), said(-0.3, 1)]) == (3, 1))
    }

    /// An attempt that was abandoned must not be the result.
    @Test func `results below the floor change nothing`() throws {
        var random = SeededRandom(seed: 5)
        var left = 0
        for _ in 0..<500 {
            var options = TranscriptionOptions()
            if Bool.random(using: &random) { options.maxCompression = nil }
            let noSpeech = Bool.random(using: &random) ? 0.1 : 0.7
            let results = options.temperatures.map { _ in
                var found = window(
                    .random(in: -3...(-0.6), using: &random), .random(in: 1...4, using: &random), noSpeech: noSpeech)
                found.text.end = .model
                return found
            }
            var next = results.makeIterator()
            let whole = try Fallback(options).decode { _, _ throws(SwiftletError) in next.next() }
            next = results.makeIterator()
            let short = try Fallback(options).decode { _, floor throws(SwiftletError) in
                let found = next.next()
                guard let floor, let found, found.text.meanLogProbability < floor else { return found }
                left += 1
                return nil
            }
            #expect(whole.text.meanLogProbability == short.text.meanLogProbability)
        }
        #expect(left > 50)
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
