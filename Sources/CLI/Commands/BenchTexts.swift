import ArgumentParser
import Swiftlet

/// `bench` with `--texts`: how fast texts become vectors, many at once and one by one.
struct TextBenchmark: ~Copyable {
    /// Texts that are embedded alone, for the latency.
    private static let maxAlone = 100

    private var embedder: Embedder
    private let texts: [String]
    private let runs: Int

    init(embedder: consuming Embedder, texts: [String], runs: Int) {
        self.embedder = embedder
        self.texts = texts
        self.runs = runs
    }

    /// - Parameter progress: gets the number of finished runs and of all runs.
    mutating func measure(_ progress: (_ done: Int, _ total: Int) -> Void) throws -> TextReport.Result {
        var times: [Double] = []
        var tokens = 0
        for run in 0...runs {
            progress(run, runs + 2)
            let start = ContinuousClock.now
            tokens = try embedder.embed(texts).texts.reduce(0) { $0 + $1.tokenCount }
            if run > 0 { times.append((ContinuousClock.now - start) / .seconds(1)) }
        }
        progress(runs + 1, runs + 2)
        let alone = try texts.prefix(Self.maxAlone).map { text in
            let start = ContinuousClock.now
            _ = try embedder.embed([text])
            return (ContinuousClock.now - start) / .seconds(1)
        }
        return TextReport.Result(
            texts: texts.count, tokens: tokens, seconds: Benchmark.median(times),
            secondsAlone: Benchmark.median(alone))
    }

    /// Where time goes in the steps of all texts.
    mutating func profile() throws -> Profile {
        embedder.startProfile()
        _ = try embedder.embed(texts)
        return embedder.endProfile()
    }
}

extension Bench {
    /// Measures how fast texts become vectors.
    func runTexts(_ path: String) throws {
        let texts = String(decoding: try TextSource.file(path).read(), as: UTF8.self)
            .split(whereSeparator: \.isNewline).map(String.init)
        guard !texts.isEmpty else {
            throw Failure.message("\(path) has no texts: give a file with a text on each line")
        }
        let model = try modelFlags.open()
        var options = EmbedderOptions()
        options.threads = sessionFlags.threads ?? 0
        options.adapters = try adapterFlags.open(for: model)
        options.overflow = .truncate
        options.parsesSpecial = !withoutSpecial
        let embedder = try Embedder(model, options)
        let (threads, instructionSet) = (embedder.threadCount, embedder.instructionSet)
        var benchmark = TextBenchmark(embedder: embedder, texts: texts, runs: runs)
        let bar = ProgressBar("bench")
        defer { bar.clear() }
        let result = try benchmark.measure { bar.update($0, of: $1) }
        let profile = showsProfile ? ProfileReport(texts: try benchmark.profile()) : nil
        bar.clear()
        let report = TextReport(
            model: model.path, threads: threads, instructionSet: instructionSet, runs: runs, result: result)
        if printsJSON {
            try report.json(profile: profile?.json).print(isPretty: true)
        } else {
            try StandardStream.output.write(report.text + (profile.map { "\n" + $0.text } ?? ""))
        }
    }

    /// - Throws: `ValidationError` for flags that measure something else.
    func validateTexts() throws {
        guard texts != nil else {
            if withoutSpecial { throw ValidationError("--no-special is for --texts FILE: use both, or neither") }
            return
        }
        if draftFlags.isGiven || promptFile != nil || promptTokens != nil || decodeTokens != nil {
            throw ValidationError("--texts measures embedding: leave out -p, -n, --prompt-file, --draft and --lookup")
        }
    }
}
