import Swiftlet
import TestSupport
import Testing

/// Which results of a window that was cut short are taken.
@Suite struct SpeechContextTests {
    private let model: SpeechModel

    init() throws {
        model = try NanoSpeech.model()
    }

    /// The windows that four seconds of sound are encoded in.
    private func contexts(_ change: (inout TranscriptionOptions) -> Void) throws -> [Int?] {
        let model = try SpeechModel(path: Fixtures.path("speech.gguf"))
        var options = TranscriptionOptions()
        change(&options)
        let engine = ScriptedEngine(model) { _, _ in ScriptedEngine.Line(tokens: model.said(0, " a", 4)) }
        let log = engine.log
        var core = try TranscriptionCore(engine, options)
        for second in 0..<4 {
            try core.append(NanoSpeech.samples(seconds: 1, seed: second).span) { _ in true }
        }
        try core.finish { _ in true }
        return log.contexts
    }

    @Test func `a window is whole unless it may be short`() throws {
        #expect(try contexts { _ in } == [1500])
        #expect(try contexts { $0.shortensWindows = true } == [384])
        #expect(try contexts { $0.audioContext = 700 } == [700])
    }

    /// Frames of 10 ms: silence, sound, silence, and so on.
    private func loudness(_ lengths: [Int]) -> [Float] {
        lengths.enumerated().flatMap { [Float](repeating: $0.isMultiple(of: 2) ? -8 : 0.5, count: $1) }
    }

    private func isTrusted(
        _ tokens: [Token], _ loudness: [Float], end: Hypothesis.End = .model, noSpeech: Double = 0
    ) -> Bool {
        var text = Hypothesis()
        for token in tokens { text.append(token, 0) }
        text.end = end
        let window = DecodedWindow(text: text, temperature: 0, noSpeechProbability: noSpeech, compressionRatio: 1)
        return SpeechContext(model, TranscriptionOptions()).isTrusted(window, loudness: loudness)
    }

    @Test(arguments: [
        ([20, 60, 20], true), ([20, 60, 100], true), ([20, 60, 100, 20, 20], true), ([20, 60, 40, 40, 20], false),
        ([0, 180], false),
    ])
    func `a text is taken when nothing sounds behind its last time`(lengths: [Int], isTaken: Bool) {
        #expect(isTrusted(model.said(0.2, " a", 0.8), loudness(lengths)) == isTaken)
    }

    @Test func `a text is not taken when it is none, goes on, or has times behind the sound`() {
        let sound = loudness([20, 60, 20])
        #expect(isTrusted(model.tokenize(" a"), sound), "without times")
        #expect(!isTrusted(model.said(0.2, "", 0.8), sound))
        #expect(!isTrusted(model.said(0.2, " a", 0.8), sound, end: .none))
        #expect(!isTrusted(model.said(0.2, " a", 0.8), sound, noSpeech: 0.9))
        #expect(!isTrusted(model.said(0.2, " a", 1.8), sound))
        #expect(!isTrusted(model.said(0.2, " a", 0.8), []))
    }
}
