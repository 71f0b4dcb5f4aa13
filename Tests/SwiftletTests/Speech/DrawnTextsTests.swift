import Swiftlet
import Tensors
import TestSupport
import Testing

/// Several texts drawn in one batch.
@Suite struct DrawnTextsTests {
    private let model: SpeechModel

    init() throws {
        model = try NanoSpeech.model()
    }

    private func decoder(_ change: (inout TranscriptionOptions) -> Void = { _ in }) -> WindowDecoder {
        var options = TranscriptionOptions()
        change(&options)
        return WindowDecoder(model, options)
    }

    private func limits(_ tokens: Int, penalty: Double? = nil, floor: Double? = nil) -> DrawnTexts.Limits {
        DrawnTexts.Limits(tokens: tokens, penalty: penalty, floor: floor)
    }

    /// Draws texts one after the other: none can be given up, as there is no other.
    private func drawOneByOne<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, seeds: [UInt64], _ limits: DrawnTexts.Limits, _ temperature: Double,
        prepare: (inout Engine) throws -> Void
    ) throws -> [Hypothesis] {
        try seeds.map { seed in
            try prepare(&engine)
            let drawn = try decoder().draw(&engine, seeds: [seed], limits, temperature)
            return try #require(drawn.texts.first)
        }
    }

    @Test(arguments: [0.2, 0.6, 1.0]) func `a model draws the same texts in a batch and one after the other`(
        temperature: Double
    ) throws {
        var options = SpeechOptions()
        options.hypotheses = 5
        options.threads = 2
        var session = try SpeechSession(model, options)
        let mel = try mel(seconds: 2)
        try session.encode(mel: mel)
        let prompt = [model.tokens.startOfTranscript, model.tokens.language("en") ?? 0, model.tokens.transcribe]
        func prepare(_ session: inout SpeechSession) throws {
            session.reset()
            try session.prefill(prompt)
        }
        let seeds: [UInt64] = [1, 2, 3, 4, 5]
        let single = try drawOneByOne(&session, seeds: seeds, limits(40), temperature, prepare: prepare)
        try prepare(&session)
        let batch = try decoder().draw(&session, seeds: seeds, limits(40), temperature)
        for (text, alone) in zip(batch.texts, single) where !text.isGivenUp {
            #expect(text.tokens == alone.tokens && text.logProbabilities == alone.logProbabilities)
        }
        #expect(batch.best?.tokens == single.best(penalty: nil)?.tokens)
        #expect(Set(single.map(\.tokens)).count > 1)
    }

    private func mel(seconds: Double) throws -> [Float] {
        var windows = try SpeechWindows(model, TranscriptionOptions())
        windows.append(NanoSpeech.samples(seconds: seconds).span)
        windows.finish()
        let next = windows.next()
        let window = try #require(next)
        return windows.mel(of: window, positions: model.audioContext)
    }

    @Test(arguments: [nil, 0, 0.6, 2] as [Double?])
    func `texts that are given up change no result`(penalty: Double?) throws {
        var givenUp = 0
        for number in 0..<10 {
            let seeds = (0..<5).map { UInt64(number * 5 + $0) }
            let limits = limits(10, penalty: penalty)
            var engine = RandomEngine(model, seed: UInt64(number))
            let single = try drawOneByOne(&engine, seeds: seeds, limits, 1) { $0.reset() }
            engine.reset()
            let batch = try decoder().draw(&engine, seeds: seeds, limits, 1)
            let (found, expected) = (try #require(batch.best), try #require(single.best(penalty: penalty)))
            #expect(found.tokens == expected.tokens && found.logProbability == expected.logProbability)
            givenUp += batch.texts.count(where: \.isGivenUp)
        }
        #expect(givenUp > 0)
    }

    @Test func `a draw below the floor is ended, and only such a one`() throws {
        func drawn(_ number: Int, floor: Double? = nil) throws -> DrawnTexts {
            var engine = RandomEngine(model, seed: UInt64(number))
            let seeds = (0..<3).map { UInt64(number * 3 + $0) }
            return try decoder().draw(&engine, seeds: seeds, limits(30, floor: floor), 1)
        }
        let whole = try (0..<12).map { try drawn($0) }
        let means = try whole.map { try #require($0.best).meanLogProbability }
        // Some of them lie below it.
        let floor = means.sorted()[6]
        let floored = try (0..<12).map { try drawn($0, floor: floor) }
        for (number, found) in floored.enumerated() {
            if found.isUseless {
                #expect(means[number] < floor)
            } else {
                #expect(found.best?.tokens == whole[number].best?.tokens)
            }
        }
        #expect((1...6).contains(floored.count(where: \.isUseless)))
    }

    @Test func `a repetition loop gives way to a text without one`() {
        var loop = Hypothesis()
        loop.append(5, -0.1)
        loop.end = .loop
        var sound = Hypothesis()
        sound.append(6, -3)
        sound.finish(0)
        #expect([loop, sound].best(penalty: nil)?.tokens == [6])
        #expect([loop, loop].best(penalty: nil)?.tokens == [5])
    }

    @Test func `one seed gives one transcript, whatever the number of threads`() throws {
        func segments(threads: Int, seed: UInt64) throws -> [TranscriptSegment] {
            var options = TranscriptionOptions()
            // Every result is poor: all temperatures are drawn.
            options.minLogProbability = 0
            options.maxNoSpeech = nil
            options.seed = seed
            options.threads = threads
            var transcriber = try Transcriber(model, options)
            return try transcriber.segments(of: NanoSpeech.samples(seconds: 3))
        }
        let one = try segments(threads: 1, seed: 7)
        #expect(try !one.isEmpty && segments(threads: 2, seed: 7) == one && segments(threads: 3, seed: 7) == one)
    }
}

/// Logits that follow from the text so far, random but for that; an end comes after some tokens.
private struct RandomEngine: SpeechEngine, ~Copyable {
    let model: SpeechModel
    let capacity = 64
    let kernels = Kernels.best
    private let seed: UInt64
    private var texts: [[Token]] = [[]]

    init(_ model: SpeechModel, seed: UInt64) {
        self.model = model
        self.seed = seed
    }

    mutating func reset() { texts = [[]] }
    mutating func encode(mel: [Float], audioContext: Int?) { reset() }
    mutating func prefill(_ tokens: [Token]) {}
    mutating func reorder(_ parents: [Int]) { texts = parents.map { texts[$0] } }

    mutating func decodeEach(_ tokens: [Token], exact: Bool) {
        for index in texts.indices { texts[index].append(tokens[index]) }
    }

    func mapLogits<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ logits: Span<Float>) -> Result
    ) -> [Result] {
        (0..<count).map { row in
            var random = RandomSource(seed: texts[row].reduce(seed) { $0 &* 31 &+ UInt64($1) })
            var logits = [Float](repeating: -9, count: model.vocabularySize)
            for token in 1000..<1020 { logits[token] = Float(8 * random.uniform()) }
            logits[Int(model.tokens.endOfText)] = texts[row].count > 3 ? 7 : -9
            return body(row, logits.span)
        }
    }

    mutating func crossAttention(of tokens: [Token], heads: [CrossAttentionHead]) -> CrossAttention {
        CrossAttention(headCount: 0, tokenCount: 0, positionCount: 0, weights: [])
    }
}
