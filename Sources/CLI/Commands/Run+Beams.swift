import Swiftlet

extension Run {
    /// Prints the best of several continuations of a prompt.
    func search(_ model: Model, prompt: [Token]) throws {
        try checkSearchFlags()
        var options = beamFlags.options(BeamOptions())
        options.maxTokens = maxTokens
        options.minTokens = sampling.minTokens
        options.repetitionPenalty = sampling.repetitionPenalty ?? 1
        options.suppressed = model.suppressedTokens
        var sessionOptions = sessionFlags.options(contextLength: context)
        sessionOptions.adapters = try adapterFlags.open(for: model)
        var session = try BeamSession(model, sessionOptions, beams: options.beams)
        try PromptFlags.check(prompt, contextLength: session.contextLength)
        let interruption = Interruption(cancelling: session.cancellation)
        let start = ContinuousClock.now
        let results = try session.generate(from: prompt, options)
        try interruption.check()
        try print(results, model)
        guard showsStatistics else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        StandardStream.printNote(
            "\(Format.count(prompt.count)) tokens continued by \(Format.count(results.first?.tokens.count ?? 0)) in "
                + "\(Format.decimal(seconds, 3)) s")
    }

    /// Options of generation token by token would be ignored.
    private func checkSearchFlags() throws(Failure) {
        let others: [(String, Bool)] = [
            ("--temperature", sampling.draws), ("--stop", !stop.isEmpty), ("--ignore-eos", ignoresEnd),
            ("--echo", echoesPrompt), ("--target-prefix", targetPrefix != nil),
            ("a grammar", grammar.grammarPath != nil || grammar.schemaPath != nil), ("a draft", draftFlags.isGiven),
        ]
        guard let (name, _) = others.first(where: { $0.1 }) else { return }
        throw .message("\(name) does not go with --beam, which finds a whole text: leave one of them out")
    }
}
