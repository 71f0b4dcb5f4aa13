import ArgumentParser
import Swiftlet

/// `bench` with `--sequences`: how fast several sequences are decoded together.
struct SequenceBenchmark {
    private let engine: Engine
    private let counts: [Int]
    private let prompt: [Token]
    private let beginnings: [[Token]]
    private let steps: Int
    private let runs: Int

    /// Tokens that each sequence holds before it is decoded.
    static let beginningTokens = 16

    /// - Parameters:
    ///   - engine: for as many sequences as the greatest of `counts`, of 16 + `steps` tokens, and for the prompt.
    ///   - steps: of one token of each sequence.
    init(engine: Engine, counts: [Int], promptTokens: Int, steps: Int, runs: Int, seed: UInt64) {
        var random = Benchmark.Random(seed: seed)
        let size = engine.model.vocabularySize
        prompt = random.tokens(promptTokens, below: size)
        beginnings = (0..<(counts.max() ?? 0)).map { _ in random.tokens(Self.beginningTokens, below: size) }
        self.engine = engine
        self.counts = counts
        self.steps = steps
        self.runs = runs
    }

    /// Measures the prompt and every number of sequences in turn, so that all meet the machine alike.
    ///
    /// - Parameter progress: gets the number of finished runs and of all runs.
    func measure(_ progress: (_ done: Int, _ total: Int) -> Void) throws -> SequenceReport.Speeds {
        var promptTimes: [Double] = []
        var times = [[Double]](repeating: [], count: counts.count)
        for run in 0...runs {
            progress(run, runs + 1)
            let promptTime = try measurePrompt()
            let decodeTimes = try counts.map { try measureDecode($0) }
            guard run > 0 else { continue }
            promptTimes.append(promptTime)
            for (index, time) in decodeTimes.enumerated() { times[index].append(time) }
        }
        return SequenceReport.Speeds(
            prompt: Double(prompt.count) / Benchmark.median(promptTimes),
            decode: zip(counts, times).map { count, times in
                (count, Double(count * steps) / Benchmark.median(times))
            })
    }

    private func measurePrompt() throws -> Double {
        let sequence = try engine.open()
        let start = ContinuousClock.now
        try take(prompt, sequence) { _ in }
        let time = (ContinuousClock.now - start) / .seconds(1)
        try engine.close(sequence)
        return time
    }

    /// Seconds for the steps of `count` sequences, decoded greedily.
    private func measureDecode(_ count: Int) throws -> Double {
        var entries: [EngineEntry] = []
        for beginning in beginnings.prefix(count) {
            let sequence = try engine.open()
            var next: Token = 0
            try take(beginning, sequence) { next = $0 }
            entries.append(EngineEntry(sequence, [next]))
        }
        let start = ContinuousClock.now
        for _ in 0..<steps {
            var next = [Token](repeating: 0, count: count)
            try engine.step(entries.span) { entry, outcome in next[entry] = Self.best(outcome) }
            for index in entries.indices { entries[index].tokens = [next[index]] }
        }
        let time = (ContinuousClock.now - start) / .seconds(1)
        for entry in entries { try engine.close(entry.sequence) }
        return time
    }

    /// Takes in tokens of one sequence; `body` gets the most probable one after them.
    private func take(_ tokens: [Token], _ sequence: EngineSequence, _ body: (Token) -> Void) throws {
        for start in stride(from: 0, to: tokens.count, by: engine.stepTokens) {
            let end = min(start + engine.stepTokens, tokens.count)
            let entry = [EngineEntry(sequence, tokens[start..<end], logits: end == tokens.count ? .last : .none)]
            try engine.step(entry.span) { _, outcome in
                if end == tokens.count { body(Self.best(outcome)) }
            }
        }
    }

    private static func best(_ outcome: EngineOutcome) -> Token {
        outcome.withLogits(0) { Sampler.mostProbable($0) } ?? 0
    }
}

/// Numbers of sequences: `1,2,4`.
struct SequenceCounts: ExpressibleByArgument {
    let counts: [Int]

    init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        counts = numbers.compactMap { $0 }
        guard counts.count == numbers.count, counts.allSatisfy((1...1024).contains) else { return nil }
    }
}

extension Bench {
    /// Measures how fast several sequences are decoded together.
    func runSequences(_ counts: [Int]) throws {
        let model = try modelFlags.open()
        let prompt = promptTokens ?? min(512, model.contextLength)
        let room = model.contextLength - SequenceBenchmark.beginningTokens
        let steps = decodeTokens ?? max(1, min(48, room))
        guard prompt <= model.contextLength, steps <= room else {
            throw Failure.message(
                "a prompt of \(prompt) tokens, or \(steps) generated ones after \(SequenceBenchmark.beginningTokens), do "
                    + "not fit: \(model.path) was made for \(model.contextLength)")
        }
        var options = EngineOptions()
        options.runtime = sessionFlags.options().runtime
        options.runtime.adapters = try adapterFlags.open(for: model)
        options.contextLength = max(prompt, SequenceBenchmark.beginningTokens + steps)
        options.maxSequences = counts.max() ?? 1
        let engine = try Engine(model, options)
        let benchmark = SequenceBenchmark(
            engine: engine, counts: counts, promptTokens: prompt, steps: steps, runs: runs, seed: seed)
        let bar = ProgressBar("bench")
        defer { bar.clear() }
        let speeds = try benchmark.measure { bar.update($0, of: $1) }
        bar.clear()
        let report = SequenceReport(
            model: model.path, threads: engine.threadCount, instructionSet: engine.instructionSet,
            cacheType: engine.cacheType.rawValue, promptTokens: prompt, steps: steps, runs: runs, speeds: speeds)
        try report.print(asJSON: printsJSON)
    }

    /// - Throws: `ValidationError` for flags that measure something else.
    func validateSequences() throws {
        guard sequences != nil else { return }
        if draftFlags.isGiven || promptFile != nil || texts != nil || speech != nil || showsProfile {
            throw ValidationError(
                "--sequences measures decoding: leave out --texts, --speech, --prompt-file, --profile, --draft and "
                    + "--lookup")
        }
    }
}
