import Swiftlet

extension Run {
    /// Prints what a text becomes.
    func generate(_ model: Model, source: [Token]) throws {
        try checkFlags(model)
        var options = beamFlags.options(sampling.ignoresRecommendation ? BeamOptions() : try model.recommendedBeams())
        options.maxTokens = maxTokens ?? options.maxTokens
        if sampling.minTokens > 0 { options.minTokens = sampling.minTokens }
        options.repetitionPenalty = sampling.repetitionPenalty ?? options.repetitionPenalty
        var sessionOptions = TextToTextOptions()
        sessionOptions.threads = sessionFlags.threads ?? 0
        sessionOptions.cacheType = sessionFlags.cacheType
        sessionOptions.hypotheses = options.beams
        var session = try TextToTextSession(model, sessionOptions)
        let interruption = Interruption(cancelling: session.cancellation)
        let start = ContinuousClock.now
        let results = try session.generate(from: source, options)
        try interruption.check()
        if beamFlags.printsJSON {
            let list = results.map { json($0, model) }
            try (beamFlags.nBest == nil ? list.first ?? .null : .array(list)).print(isPretty: false)
        } else {
            for result in results { try StandardStream.output.write(model.detokenize(result.tokens) + "\n") }
        }
        guard showsStatistics else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        StandardStream.printNote(
            "\(Format.count(source.count)) tokens to \(Format.count(results.first?.tokens.count ?? 0)) in "
                + "\(Format.decimal(seconds, 3)) s")
    }

    private func json(_ result: BeamResult, _ model: Model) -> JSON {
        .object([
            "ids": .ints(result.tokens.map(Int.init)), "text": .string(model.detokenize(result.tokens)),
            "score": .number(result.score),
        ])
    }

    /// Options of other kinds of models would be ignored.
    private func checkFlags(_ model: Model) throws(Failure) {
        let others: [(String, Bool)] = [
            ("--context", context != nil), ("--stop", !stop.isEmpty), ("--ignore-eos", ignoresEnd),
            ("--echo", echoesPrompt), ("--temperature", (sampling.temperature ?? 0) != 0),
        ]
        guard let (name, _) = others.first(where: { $0.1 }) else { return }
        throw .message(
            "\(name) is for models that continue a text: leave it out (\(model.path) turns a text into another)")
    }
}
