import ArgumentParser
import Swiftlet

/// `bench` with `--draft` or `--lookup`: the same text, with drafting and without.
struct DraftBenchmark: ~Copyable {
    private var session: Session
    private let prompt: [Token]
    private let drafting: Drafting
    private let maxTokens: Int
    private let runs: Int

    /// - Parameter session: holds the prompt and `maxTokens`.
    init(session: consuming Session, prompt: [Token], drafting: Drafting, maxTokens: Int, runs: Int) {
        self.session = session
        self.prompt = prompt
        self.drafting = drafting
        self.maxTokens = maxTokens
        self.runs = runs
    }

    /// Alternates between runs without and with drafting, so that machine noise affects both.
    ///
    /// - Parameter progress: gets the number of finished runs and of all runs.
    mutating func measure(_ progress: (_ done: Int, _ total: Int) -> Void) throws -> DraftReport.Result {
        var plainTimes: [Double] = []
        var draftedTimes: [Double] = []
        var result: DraftReport.Result?
        for run in 0...runs {
            progress(run, runs + 1)
            let (plain, plainTime) = try generate(nil)
            let (drafted, draftedTime) = try generate(drafting)
            guard plain.tokens.count > 1, let statistics = drafted.drafts else {
                throw Failure.message("the text ends after \(plain.tokens.count) tokens: use another prompt")
            }
            if run > 0 {
                plainTimes.append(plainTime)
                draftedTimes.append(draftedTime)
            }
            result = DraftReport.Result(
                tokens: plain.tokens.count, isSameText: plain.tokens == drafted.tokens && plain.text == drafted.text,
                plainSeconds: Benchmark.median(plainTimes), draftedSeconds: Benchmark.median(draftedTimes),
                statistics: statistics)
        }
        guard let result else { throw Failure.message("nothing was measured") }
        return result
    }

    /// The text and the seconds that it took after the prompt.
    private mutating func generate(_ drafting: Drafting?) throws -> (Generation, Double) {
        var options = GenerationOptions()
        options.sampling = .greedy
        options.maxTokens = maxTokens
        options.drafting = drafting
        session.rewind(to: 0)
        try session.append(prompt)
        let start = ContinuousClock.now
        let generation = try session.generate(from: [], options)
        return (generation, (ContinuousClock.now - start) / .seconds(1))
    }
}

extension Bench {
    /// Measures what drafting gains on a prompt.
    func runDrafting() throws {
        guard let promptFile else { return }
        let text = try TextSource.file(promptFile).read()
        let model = try modelFlags.open()
        let prompt = model.tokenize(String(decoding: text, as: UTF8.self))
        try PromptFlags.check(prompt, contextLength: model.contextLength)
        let most = min(decodeTokens ?? 128, model.contextLength - prompt.count + 1)
        guard let drafting = try draftFlags.drafting(for: model) else { return }
        var options = sessionFlags.options()
        options.adapters = try adapterFlags.open(for: model)
        let session = try Session(model, options)
        let report = (model: model.path, threads: session.threadCount, instructionSet: session.instructionSet)
        var benchmark = DraftBenchmark(
            session: session, prompt: prompt, drafting: drafting, maxTokens: most, runs: runs)
        let bar = ProgressBar("bench")
        defer { bar.clear() }
        let result = try benchmark.measure { bar.update($0, of: $1) }
        bar.clear()
        try DraftReport(
            model: report.model, draft: draftFlags.path, threads: report.threads,
            instructionSet: report.instructionSet, promptTokens: prompt.count, runs: runs, result: result
        ).print(asJSON: printsJSON)
    }

    /// - Throws: `ValidationError` where a flag lacks the other that it needs.
    func validateDrafting() throws {
        guard draftFlags.isGiven != (promptFile != nil) else { return }
        throw ValidationError(
            draftFlags.isGiven
                ? "--draft and --lookup measure a text: use --prompt-file path"
                : "--prompt-file measures drafting: use --draft model.gguf or --lookup")
    }
}
