/// The text of a window.
struct DecodedWindow: Sendable {
    var text: Hypothesis
    var temperature: Double
    var noSpeechProbability: Double
    var compressionRatio: Double
}

/// Finds the likeliest text of the sound that an engine holds.
struct WindowDecoder {
    let model: SpeechModel
    let options: TranscriptionOptions
    let rules: DecodingRules
    private var row = LogitRow()

    init(_ model: SpeechModel, _ options: TranscriptionOptions) {
        self.model = model
        self.options = options
        rules = DecodingRules(model, options)
    }

    /// - Parameters:
    ///   - prompt: what stands before the window's text, up to and with what asks for it.
    ///   - temperature: 0: the likeliest token, or a beam search.
    mutating func decode<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, prompt: [Token], temperature: Double, _ random: inout RandomSource
    ) throws(SwiftletError) -> DecodedWindow {
        let noSpeech = try start(&engine, prompt)
        // As openai-whisper: half of the context, also without a prompt.
        let most = min(model.textContext / 2, model.textContext - prompt.count)
        let found: [Hypothesis]
        if temperature == 0, options.beams > 1 {
            found = try searchBeams(&engine, most: most)
        } else {
            let count = temperature > 0 ? options.candidates : 1
            found = try draw(&engine, min(count, engine.capacity), most: most, temperature, &random)
        }
        let penalty = options.lengthPenalty
        let best = found.max { $0.score(penalty: penalty) < $1.score(penalty: penalty) } ?? Hypothesis()
        let text = model.detokenize(best.tokens)
        // Of a loop one round is left, which would tell nothing.
        let ratio = best.end == .loop ? Double.infinity : CompressionRatio.of(text)
        return DecodedWindow(
            text: best, temperature: temperature, noSpeechProbability: noSpeech, compressionRatio: ratio)
    }

    /// Takes in the prompt; the probability that nobody speaks.
    private mutating func start<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, _ prompt: [Token]
    ) throws(SwiftletError) -> Double {
        let special = model.tokens
        engine.reset()
        let first = (prompt.lastIndex(of: special.startOfTranscript) ?? -1) + 1
        try engine.prefill(Array(prompt[..<first]))
        engine.copyLogits(0, into: &row.values)
        let noSpeech = row.probability(of: special.noSpeech, in: row.values.indices)
        if first < prompt.count { try engine.prefill(Array(prompt[first...])) }
        return noSpeech
    }

    /// Grows texts side by side, each by the likeliest tokens or by what is drawn.
    private mutating func draw<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, _ count: Int, most: Int, _ temperature: Double, _ random: inout RandomSource
    ) throws(SwiftletError) -> [Hypothesis] {
        var texts = [Hypothesis](repeating: Hypothesis(), count: count)
        var live = Array(texts.indices)
        for length in 0..<most {
            var parents: [Int] = []
            var survivors: [Int] = []
            for (place, text) in live.enumerated() {
                let parent = length == 0 ? 0 : place
                engine.copyLogits(parent, into: &row.values)
                rules.apply(to: &row, after: texts[text].tokens)
                let token = temperature > 0 ? row.drawn(temperature: temperature, &random) : row.best
                take(token, &texts[text])
                guard texts[text].end == .none else { continue }
                parents.append(parent)
                survivors.append(text)
            }
            guard !survivors.isEmpty, length + 1 < most else { break }
            if survivors.count < live.count || length == 0 { try engine.reorder(parents) }
            live = survivors
            try engine.decodeEach(live.compactMap { texts[$0].tokens.last })
        }
        return texts
    }

    private func take(_ token: Token?, _ text: inout Hypothesis) {
        // Nothing is possible: there can be no more text.
        guard let token else { return text.finish(0) }
        let logProbability = Double(row.values[Int(token)]) - row.logSum
        guard token != model.tokens.endOfText else { return text.finish(logProbability) }
        text.append(token, logProbability)
        text.cutLoop(model.tokens)
    }

    /// Keeps the likeliest texts of each length, until as many have come to their end.
    ///
    /// Source: `BeamSearchDecoder` of openai-whisper's `decoding.py`, with a patience of 1.
    private mutating func searchBeams<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, most: Int
    ) throws(SwiftletError) -> [Hypothesis] {
        let count = min(options.beams, engine.capacity)
        var search = BeamSearch(count, model.tokens)
        for length in 0..<most {
            for place in search.beams.indices {
                engine.copyLogits(length == 0 ? 0 : place, into: &row.values)
                rules.apply(to: &row, after: search.beams[place].tokens)
                let sum = row.logSum
                for token in row.best(count + 1) {
                    search.propose(token, Double(row.values[Int(token)]) - sum, after: place)
                }
            }
            let parents = search.advance()
            guard !parents.isEmpty, length + 1 < most else { break }
            try engine.reorder(parents)
            try engine.decodeEach(search.beams.compactMap(\.tokens.last))
        }
        return search.results
    }
}
