/// The text of a window.
package struct DecodedWindow: Sendable {
    package var text: Hypothesis
    package var temperature: Double
    package var noSpeechProbability: Double
    package var compressionRatio: Double

    package init(text: Hypothesis, temperature: Double, noSpeechProbability: Double, compressionRatio: Double) {
        self.text = text
        self.temperature = temperature
        self.noSpeechProbability = noSpeechProbability
        self.compressionRatio = compressionRatio
    }
}

/// Finds the likeliest text of the sound that an engine holds.
package struct WindowDecoder: Sendable {
    package let model: SpeechModel
    package let options: TranscriptionOptions
    package let rules: DecodingRules

    package init(_ model: SpeechModel, _ options: TranscriptionOptions) {
        self.model = model
        self.options = options
        rules = DecodingRules(model, options)
    }

    /// - Parameters:
    ///   - prompt: what stands before the window's text, up to and with what asks for it.
    ///   - temperature: 0: the likeliest token, or a beam search.
    ///   - floor: see ``DrawnTexts/Limits/floor``.
    /// - Returns: nil for a draw whose texts all stay below the floor.
    package func decode<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, prompt: [Token], temperature: Double, floor: Double? = nil, _ random: inout RandomSource
    ) throws(SwiftletError) -> DecodedWindow? {
        let noSpeech = try start(&engine, prompt)
        // As openai-whisper: half of the context, also without a prompt.
        let limit = min(model.textContext / 2, model.textContext - prompt.count)
        let best: Hypothesis
        if temperature == 0, options.beams > 1 {
            best = try searchBeams(&engine, limit: limit).best(penalty: options.lengthPenalty) ?? Hypothesis()
        } else {
            // As many as there may be, whatever becomes of them: what is drawn later does not depend on it.
            let seeds =
                temperature > 0 ? (0..<min(options.candidates, engine.capacity)).map { _ in random.next() } : [0]
            let limits = DrawnTexts.Limits(tokens: limit, penalty: options.lengthPenalty, floor: floor)
            let drawn = try draw(&engine, seeds: seeds, limits, temperature)
            guard !drawn.isUseless else { return nil }
            best = drawn.best ?? Hypothesis()
        }
        let text = model.detokenize(best.tokens).drop(while: \.isWhitespace)
        let trimmed = text.lastIndex { !$0.isWhitespace }.map { String(text[...$0]) } ?? ""
        // Of a loop one round is left, which would tell nothing.
        let ratio = best.end == .loop ? Double.infinity : CompressionRatio.of(trimmed)
        return DecodedWindow(
            text: best, temperature: temperature, noSpeechProbability: noSpeech, compressionRatio: ratio)
    }

    /// Takes in the prompt; the probability that nobody speaks.
    private func start<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, _ prompt: [Token]
    ) throws(SwiftletError) -> Double {
        let special = model.tokens
        engine.reset()
        let first = (prompt.lastIndex(of: special.startOfTranscript) ?? -1) + 1
        try engine.prefill(Array(prompt[..<first]))
        let row = engine.firstLogits()
        let noSpeech = row.probability(of: special.noSpeech, in: row.values.indices)
        if first < prompt.count { try engine.prefill(Array(prompt[first...])) }
        return noSpeech
    }

    /// Grows texts side by side, each by the likeliest tokens (temperature 0) or by what is drawn.
    ///
    /// - Parameter seeds: one for each text, which depends on its own alone.
    package func draw<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, seeds: [UInt64], _ limits: DrawnTexts.Limits, _ temperature: Double
    ) throws(SwiftletError) -> DrawnTexts {
        var drawn = DrawnTexts(seeds: seeds, limits, model.tokens)
        let (rules, kernels) = (rules, engine.kernels)
        for length in 0..<limits.tokens {
            let places = drawn.nextPlaces()
            let prefixes = drawn.prefixes
            let choices = engine.mapLogits(places.count) { row, logits in
                var logits = LogitRow(logits, kernels)
                rules.apply(to: &logits, after: prefixes[row])
                return logits.choices(temperature: temperature, at: places[row])
            }
            drawn.grow(choices)
            guard !drawn.rows.isEmpty, length + 1 < limits.tokens else { break }
            if drawn.isReordered(from: places.count) { try engine.reorder(drawn.parents) }
            try engine.decodeEach(drawn.lastTokens, exact: true)
        }
        return drawn
    }

    /// Keeps the likeliest texts of each length, until as many have come to their end.
    ///
    /// Source: `BeamSearchDecoder` of openai-whisper's `decoding.py`, with a patience of 1.
    private func searchBeams<Engine: SpeechEngine & ~Copyable>(
        _ engine: inout Engine, limit: Int
    ) throws(SwiftletError) -> [Hypothesis] {
        let count = min(options.beams, engine.capacity)
        var search = BeamSearch(count, model.tokens)
        let (rules, kernels) = (rules, engine.kernels)
        for length in 0..<limit {
            let prefixes = search.beams.map(\.tokens)
            let candidates = engine.mapLogits(prefixes.count) { row, logits in
                var logits = LogitRow(logits, kernels)
                rules.apply(to: &logits, after: prefixes[row])
                let sum = logits.logSum
                return logits.best(count + 1).map { (token: $0, logProbability: logits.logProbability(of: $0, sum)) }
            }
            let all = candidates.enumerated().flatMap { place, candidates in
                candidates.map { search.candidate($0.token, $0.logProbability, after: place) }
            }
            let parents = search.advance(all)
            guard !parents.isEmpty, length + 1 < limit else { break }
            try engine.reorder(parents)
            try engine.decodeEach(search.beams.compactMap(\.tokens.last), exact: false)
        }
        return search.results
    }
}

extension LogitRow {
    /// - Parameter sum: ``logSum``.
    /// - Returns: 0 or less, also where rounding would make it more.
    package func logProbability(of token: Token, _ sum: Double) -> Double { min(Double(values[Int(token)]) - sum, 0) }

    /// A token for each of some texts: the likeliest, or above a temperature of 0 the one at the text's place of the
    /// distribution.
    package func choices(temperature: Double, at places: [Double]) -> [DrawnTexts.Choice] {
        let sum = logSum
        let draws = temperature > 0 ? draws(temperature: temperature) : nil
        return places.map { place in
            let token = draws.map { $0.token(at: place) } ?? best
            return DrawnTexts.Choice(token: token, logProbability: token.map { logProbability(of: $0, sum) } ?? 0)
        }
    }
}
