import Audio
import Swiftlet
import TestSupport
import Testing

/// Times of segments and words: they contain one another, and never decrease.
@Suite struct TranscriptTimesTests {
    private let model: SpeechModel

    init() throws {
        model = try NanoSpeech.model()
    }

    private func transcript(
        seconds: Double, words: Bool,
        attention: @escaping (Int, Int) -> Float = { $1 / 5 == $0 ? 0.2 : 0.001 }, script: @escaping (Int) -> [Token]
    ) throws -> [TranscriptSegment] {
        var options = TranscriptionOptions()
        options.audioContext = model.audioContext
        options.findsWords = words
        options.temperatures = [0]
        var engine = ScriptedEngine(model) { window, _ in ScriptedEngine.Line(tokens: script(window)) }
        engine.attention = attention
        var core = try TranscriptionCore(engine, options)
        var segments: [TranscriptSegment] = []
        func take(_ segment: TranscriptSegment) -> Bool {
            segments.append(segment)
            return true
        }
        let samples = NanoSpeech.samples(seconds: seconds)
        for start in stride(from: 0, to: samples.count, by: 16_000) {
            try core.append(samples.span.extracting(start..<min(start + 16_000, samples.count)), take)
        }
        try core.finish(take)
        return segments
    }

    /// The second segment goes on behind the window: what sounds there is not the first one's last word.
    @Test func `words end where the next window begins`() throws {
        let lines = [
            model.said(0, " a b", 1) + [model.time(1)] + model.tokenize(" c"), model.said(0, " c d", 1.4),
        ]
        // All tokens but the first listen to the end of the window.
        let late: (Int, Int) -> Float = { token, position in
            token < 5 ? (position < 30 ? 0.1 : 0) : position > 60 ? 0.1 : 0
        }
        let found = try transcript(seconds: 2.6, words: true, attention: late) { lines[min($0, 1)] }
        #expect(found.map(\.text) == [" a b", " c d"])
        #expect(found[0].end <= 1 && found[1].start >= 1)
        #expect(TimeChecks.contradiction(in: found, duration: 2.6) == nil)
        #expect(found.allSatisfy { $0.start == $0.words?.first?.start && $0.end == $0.words?.last?.end })
    }

    /// Windows of any text and any attention.
    @Test(arguments: 0..<3) func `no text and no attention makes times contradict each other`(seed: Int) throws {
        var random = SeededRandom(seed: seed)
        let lines = (0..<20).map { _ -> [Token] in
            var tokens: [Token] = []
            var time = 0.02 * Double(random.below(50))
            for _ in 0..<1 + random.below(4) {
                let end = time + 0.02 * Double(random.below(50))
                let text = (0..<random.below(6)).map { _ in
                    [" and", " so,", " it.", " \"yes\"", "-no", " 5%"][random.below(6)]
                }
                tokens += model.said(time, text.joined(), end)
                time = end + (random.below(2) == 0 ? 0 : 0.02 * Double(random.below(20)))
            }
            switch random.below(3) {
            case 0: tokens.removeLast()
            case 1: tokens += [model.time(time)] + model.tokenize(" cut")
            default: break
            }
            return tokens.filter { model.tokens.timestamps.upperBound >= $0 }
        }
        let noise = (0..<64 * 100).map { _ in Float.random(in: 0...1, using: &random) }
        let attention: (Int, Int) -> Float = { noise[($0 % 64) * 100 + $1] }
        let script: (Int) -> [Token] = { lines[$0 % lines.count] }
        let timed = try transcript(seconds: 4.3, words: true, attention: attention, script: script)
        #expect(TimeChecks.contradiction(in: timed, duration: 4.3) == nil)
        #expect(timed.allSatisfy { ($0.words ?? []).map(\.text).joined() == $0.text })
        let plain = try transcript(seconds: 4.3, words: false, attention: attention, script: script)
        #expect(TimeChecks.contradiction(in: plain, duration: 4.3) == nil)
        #expect(plain.map(\.text) == timed.map(\.text), "words change the text")
    }

    /// All clips one after the other, twice: windows are cut anywhere.
    @Test func `a long sound's times are in order, at once and in pieces`() throws {
        var samples: [Float] = []
        for _ in 0..<2 {
            for name in ["two", "light", "timer", "number", "remind", "noise"] {
                var reader = try AudioReader(path: Fixtures.path("clips/\(name).wav"))
                try reader.read(.max >> 8, into: &samples)
            }
        }
        let duration = Double(samples.count) / 16_000
        var options = TranscriptionOptions()
        options.findsWords = true
        var transcriber = try Transcriber(SpeechModel(path: Fixtures.path("speech.gguf")), options)
        let whole = try transcriber.segments(of: samples)
        #expect(whole.count > 8 && duration > 40)
        #expect(TimeChecks.contradiction(in: whole, duration: duration) == nil)
        #expect(whole.allSatisfy { $0.words?.isEmpty == false })
        try transcriber.reset()
        var pieces: [TranscriptSegment] = []
        func take(_ segment: TranscriptSegment) -> Bool {
            pieces.append(segment)
            return true
        }
        for start in stride(from: 0, to: samples.count, by: 12_345) {
            try transcriber.append(Array(samples[start..<min(start + 12_345, samples.count)]), onSegment: take)
        }
        try transcriber.finish(onSegment: take)
        #expect(pieces == whole)
    }

    private static let realModel = "whisper/ggml-tiny.en.bin"
    private static let speech = "whisper/jfk.wav"

    /// The first segment's last word reached into the second one's first.
    @Test(.enabled(if: SharedData.has(realModel) && SharedData.has(speech), "\(SharedData.absent)"))
    func `a real recording four times in a row`() throws {
        var once: [Float] = []
        var reader = try AudioReader(path: SharedData.path(Self.speech))
        try reader.read(.max >> 8, into: &once)
        let samples = [once, once, once, once].flatMap(\.self)
        let model = try SpeechModel(path: SharedData.path(Self.realModel))
        var texts: [[String]] = []
        for words in [true, false] {
            var options = TranscriptionOptions()
            options.findsWords = words
            var transcriber = try Transcriber(model, options)
            let segments = try transcriber.segments(of: samples)
            #expect(TimeChecks.contradiction(in: segments, duration: 44) == nil)
            texts.append(segments.map(\.text))
            guard words else { continue }
            // "country." ends each of the four, 10.4 s behind its start.
            let ends = segments.flatMap { $0.words ?? [] }.filter { $0.text.hasPrefix(" country") }.map(\.end)
            for start in [0.0, 11, 22, 33] {
                #expect(ends.contains { abs($0 - start - 10.5) < 0.3 }, "\(ends)")
            }
        }
        #expect(texts[0] == texts[1])
    }
}
