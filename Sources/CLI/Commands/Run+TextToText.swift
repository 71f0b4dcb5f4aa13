import Swiftlet

extension Run {
    /// Prints what a text becomes.
    func generate(_ model: Model, source: [Token]) throws {
        try checkFlags(model)
        let options = try beamFlags.options(for: model, sampling, maxTokens: maxTokens, prefix: targetPrefix)
        var runtime = TextToTextOptions()
        runtime.threads = sessionFlags.threads ?? 0
        runtime.cacheType = sessionFlags.cacheType
        runtime.adapters = try adapterFlags.open(for: model)
        runtime.hypotheses = options.beams
        runtime.sources = 1
        var session = try TextToText(model, .plain, runtime)
        let interruption = Interruption(cancelling: session.cancellation)
        let start = ContinuousClock.now
        let results = try session.generate(from: [source], options)[0]
        try interruption.check()
        try print(results, model)
        guard showsStatistics else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        StandardStream.printNote(
            "\(Format.count(source.count)) tokens to \(Format.count(results.first?.tokens.count ?? 0)) in "
                + "\(Format.decimal(seconds, 3)) s")
    }

    /// Prints the best results of a search.
    func print(_ results: [BeamResult], _ model: Model) throws {
        guard printsJSON else {
            for result in results { try StandardStream.output.write(model.detokenize(result.tokens) + "\n") }
            return
        }
        let list = results.map { result in
            JSON.object([
                "ids": .ints(result.tokens.map(Int.init)), "text": .string(model.detokenize(result.tokens)),
                "score": .number(result.score),
            ])
        }
        try (beamFlags.nBest == nil ? list.first ?? .null : .array(list)).print(isPretty: false)
    }

    /// Options of other kinds of models would be ignored.
    private func checkFlags(_ model: Model) throws(Failure) {
        let others: [(String, Bool)] = [
            ("--context", context != nil), ("--stop", !stop.isEmpty), ("--ignore-eos", ignoresEnd),
            ("--echo", echoesPrompt),
        ]
        guard let (name, _) = others.first(where: { $0.1 }) else { return }
        throw .message(
            "\(name) is for models that continue a text: leave it out (\(model.path) turns a text into another)")
    }
}
