import Swiftlet
import TestSupport
import Testing

/// Windows, seeks and fallback, with a script instead of the model. A window holds two seconds.
@Suite struct TranscriptionTests {
    private let model: SpeechModel

    init() throws {
        model = try NanoSpeech.model()
    }

    private struct Run {
        var segments: [TranscriptSegment] = []
        var result: Transcription
        var log: ScriptedEngine.Log
    }

    private func run(
        seconds: Double, _ change: (inout TranscriptionOptions) -> Void = { _ in }, most: Int = .max,
        samples: [Float]? = nil, engine prepare: (inout ScriptedEngine) -> Void = { _ in },
        script: @escaping (_ window: Int, _ attempt: Int) -> ScriptedEngine.Line
    ) throws -> Run {
        var options = TranscriptionOptions()
        options.audioContext = model.audioContext
        change(&options)
        try options.check(model)
        var engine = ScriptedEngine(model, script)
        prepare(&engine)
        let log = engine.log
        var core = try TranscriptionCore(engine, options)
        var segments: [TranscriptSegment] = []
        func take(_ segment: TranscriptSegment) -> Bool {
            segments.append(segment)
            return segments.count < most
        }
        let samples = samples ?? NanoSpeech.samples(seconds: seconds)
        var random = SeededRandom(seed: 4)
        var start = 0
        while start < samples.count {
            let end = min(samples.count, start + 1 + random.below(20_000))
            try core.append(samples.span.extracting(start..<end), take)
            start = end
        }
        try core.finish(take)
        return Run(segments: segments, result: core.result, log: log)
    }

    private func times(_ run: Run) -> [[Double]] {
        run.segments.map { [($0.start * 100).rounded() / 100, ($0.end * 100).rounded() / 100] }
    }

    @Test func `windows follow each other from where the last whole segment ended`() throws {
        let lines: [[Token]] = [
            model.said(0, " a", 0.8) + [model.time(1)] + model.tokenize(" b"), model.said(0.2, " b", 1.9),
            model.said(0, " c", 1),
        ]
        let run = try run(seconds: 4.5) { window, _ in ScriptedEngine.Line(tokens: lines[min(window, 2)]) }
        #expect(times(run) == [[0, 0.8], [1, 2.7], [2.8, 3.8]])
        #expect(run.segments.map(\.text) == [" a", " b", " c"])
        #expect(run.result.windowCount == 3 && run.result.isComplete && run.result.duration == 4.5)
        #expect(run.result.language == "en" && (run.result.languageProbability ?? 0) > 0.9)
    }

    @Test func `the mel bands of a window are those of its sound, with silence behind it`() throws {
        let run = try run(seconds: 3) { _, _ in ScriptedEngine.Line(tokens: model.said(0, " a", 1)) }
        #expect(run.log.contexts == [100, 100])
        let last = try #require(run.log.spectrograms.last)
        let loudest = last[0..<100].max() ?? 0
        #expect(last.count == 80 * 200 && last[110..<200].allSatisfy { $0 < loudest - 1 })
    }

    @Test func `a poor result is resampled at the next temperature`() throws {
        let run = try run(seconds: 1) { _, attempt in
            ScriptedEngine.Line(tokens: model.said(0, " a", 1), confidence: attempt < 2 ? 5 : 30)
        }
        #expect(run.log.attempts == 3 && run.segments.first?.temperature == 0.4)
        let poor = try self.run(seconds: 1, { $0.temperatures = [0] }) { _, _ in
            ScriptedEngine.Line(tokens: model.said(0, " a", 1), confidence: 8)
        }
        #expect(poor.log.attempts == 1 && poor.segments.count == 1)
    }

    @Test func `a text that goes round is cut, and another one is tried`() throws {
        let loop = [model.time(0)] + (0..<60).flatMap { _ in model.tokenize(" no") }
        let run = try run(seconds: 1) { _, attempt in
            ScriptedEngine.Line(tokens: attempt == 0 ? loop : model.said(0, " yes", 1))
        }
        #expect(run.log.attempts == 2 && run.segments.map(\.text) == [" yes"])
        let stubborn = try self.run(seconds: 1) { _, _ in ScriptedEngine.Line(tokens: loop) }
        #expect(stubborn.log.attempts == 6)
        #expect(stubborn.segments.allSatisfy { $0.text.count < 20 })
    }

    @Test func `a speaker who repeats himself is drawn once more, and taken at his word`() throws {
        let words = (0..<5).map { _ in " please hold" }.joined()
        let run = try run(seconds: 1) { _, _ in ScriptedEngine.Line(tokens: model.said(0, words, 1)) }
        #expect(run.log.attempts == 2 && run.segments.map(\.text) == [words])
        #expect(run.segments.first?.temperature == 0 && (run.segments.first?.compressionRatio ?? 0) > 2.4)
    }

    @Test func `a transcription is cancelled during fallback`() throws {
        let run = { [model] (last: Int) throws in
            try self.run(seconds: 1, engine: { $0.cancelledAttempt = last }) { _, _ in
                ScriptedEngine.Line(tokens: model.said(0, " a", 1), confidence: 5)
            }
        }
        #expect(throws: SwiftletError.self) { try run(3) }
        #expect(try run(9).log.attempts == 6)
    }

    @Test func `a window in which nobody speaks is skipped`() throws {
        let run = try run(seconds: 4, { $0.temperatures = [0] }) { window, _ in
            ScriptedEngine.Line(
                tokens: model.said(0, " a", 1), confidence: window == 0 ? 8 : 30, noSpeech: window == 0 ? 20 : 0)
        }
        #expect(times(run) == [[2, 3]])
    }

    @Test(arguments: [1, 3]) func `beams give what greedy decoding gives where that is certain`(beams: Int) throws {
        let run = try run(seconds: 1, { $0.beams = beams }) { _, _ in
            ScriptedEngine.Line(tokens: model.said(0, " a b c", 1))
        }
        #expect(run.segments.map(\.text) == [" a b c"] && run.log.attempts == 1)
    }

    @Test func `without times each window is a segment`() throws {
        let run = try run(seconds: 3, { $0.findsTimes = false }) { _, _ in
            ScriptedEngine.Line(tokens: model.tokenize(" a"))
        }
        #expect(times(run) == [[0, 2], [2, 3]])
        #expect(run.log.prompts.allSatisfy { $0.last == model.tokens.noTimestamps })
    }

    @Test func `the prompt stands before each window, and what was said where that is asked for`() throws {
        let special = model.tokens
        let hint = model.tokenize(" hint")
        let request = [special.startOfTranscript, special.language("en") ?? 0, special.transcribe]
        let script = { (_: Int, _: Int) in ScriptedEngine.Line(tokens: model.said(0, " a", 1)) }
        let plain = try run(seconds: 4, { $0.prompt = "  hint\n" }, script: script)
        let hinted = [special.startOfPrevious] + hint + request
        #expect(plain.log.prompts == [hinted, hinted])
        let conditioned = try run(seconds: 4, { $0.conditionsOnPrevious = true }, script: script)
        #expect(conditioned.log.prompts == [request, [special.startOfPrevious] + model.said(0, " a", 1) + request])
        let capped = try run(
            seconds: 1,
            {
                $0.prompt = String(repeating: "x", count: 500)
                $0.translates = true
            },
            script: script)
        // Half of the context of 128, and what asks for a text.
        #expect(capped.log.prompts[0].count == 64 + 3 && capped.log.prompts[0].last == special.translate)
    }

    @Test func `the caller ends it`() throws {
        let run = try run(seconds: 20, most: 2) { _, _ in
            ScriptedEngine.Line(tokens: model.said(0, " a", 1) + model.said(1, " b", 2))
        }
        #expect(run.segments.count == 2 && run.result.windowCount == 1 && !run.result.isComplete)
    }

    @Test func `words lie where their tokens listen to the sound`() throws {
        let run = try run(seconds: 2, { $0.findsWords = true }) { _, _ in
            ScriptedEngine.Line(tokens: model.said(0, " ab c", 2))
        }
        let words = try #require(run.segments.first?.words)
        #expect(words.map(\.text) == [" ab", " c"])
        // Three tokens ask for a text: the fourth one's 100 ms belong to the first token.
        #expect(abs(words[0].end - words[1].start) < 0.001 && abs(words[1].start - 0.6) < 0.05, "\(words)")
        #expect(words.allSatisfy { $0.start <= $0.end && $0.probability > 0.9 })
    }

    @Test func `silence is skipped and times stay those of the sound`() throws {
        var random = SeededRandom(seed: 2)
        var samples = (0..<16_000 * 20).map { _ in Float.random(in: -0.0005...0.0005, using: &random) }
        for second in [6, 14] {
            for index in 0..<16_000 {
                let t = Double(index) / 16_000
                samples[second * 16_000 + index] += Float(0.3 * (t * 300).truncatingRemainder(dividingBy: 1))
            }
        }
        let run = try run(seconds: 20, { $0.skipsSilence = true }, samples: samples) { _, _ in
            ScriptedEngine.Line(tokens: model.said(0.2, " a", 1))
        }
        #expect(run.result.windowCount == 2 && run.segments.count == 2)
        for (segment, second) in zip(run.segments, [6.0, 14]) { #expect(abs(segment.start - second) < 0.5) }
        let silent = try self.run(
            seconds: 0, { $0.skipsSilence = true }, samples: [Float](repeating: 0, count: 160_000)
        ) { _, _ in ScriptedEngine.Line(tokens: model.said(0, " a", 1)) }
        #expect(silent.segments.isEmpty && silent.result.windowCount == 0 && silent.result.duration == 10)
    }
}
