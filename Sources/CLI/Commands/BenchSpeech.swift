import ArgumentParser
import Swiftlet

/// `bench` with `--speech`: how long a window of sound, a token of text and a whole file take.
struct SpeechBenchmark: ~Copyable {
    /// Decoding steps that a run takes the mean of.
    private static let maxSteps = 64

    private var session: SpeechSession
    private let mel: [Float]
    private let prompt: [Token]
    private let steps: Int
    private let runs: Int

    init(session: consuming SpeechSession, runs: Int, seed: UInt64) {
        let model = session.model
        let tokens = model.tokens
        prompt = [tokens.startOfTranscript, tokens.startOfTranscript + 1, tokens.transcribe, tokens.noTimestamps]
        steps = max(1, min(Self.maxSteps, model.textContext - prompt.count))
        var random = SplitMix(seed: seed)
        mel = (0..<model.melBands * 2 * model.audioContext).map { _ in Float(random.next() % 2048) / 1024 - 1 }
        self.session = session
        self.runs = runs
    }

    /// Seconds of a whole window, of the prompt and of a token behind it: medians.
    mutating func measure(_ progress: (_ done: Int) -> Void) throws -> (window: Double, step: Double) {
        var windows: [Double] = []
        var tokens: [Double] = []
        for run in 0...runs {
            progress(run)
            let start = ContinuousClock.now
            try session.encode(mel: mel)
            let encoded = ContinuousClock.now
            let seconds = try decode()
            guard run > 0 else { continue }
            windows.append((encoded - start) / .seconds(1))
            tokens.append(seconds / Double(steps))
        }
        return (Benchmark.median(windows), Benchmark.median(tokens))
    }

    /// - Returns: seconds of all steps behind the prompt.
    private mutating func decode() throws -> Double {
        session.reset()
        try session.decode(prompt)
        let start = ContinuousClock.now
        for step in 0..<steps { try session.decode([Token(step % 100)]) }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Where time goes in a window and in the steps of its text.
    mutating func profile() throws -> SpeechProfile {
        session.startProfile()
        try session.encode(mel: mel)
        _ = try decode()
        return session.endProfile()
    }
}

/// Numbers that look random. Source: SplitMix64 by S. Vigna, https://prng.di.unimi.it/splitmix64.c
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Bench {
    /// Measures the speed of transcription.
    func runSpeech(_ path: String) throws {
        let start = ContinuousClock.now
        let model = try SpeechModel.open(modelFlags.path)
        let openTime = ContinuousClock.now - start
        var options = SpeechOptions()
        options.threads = sessionFlags.threads ?? 0
        options.cacheType = sessionFlags.cacheType
        options.adapters = try adapterFlags.open(for: model.model)
        let session = try SpeechSession(model, options)
        let (threads, instructionSet) = (session.threadCount, session.instructionSet)
        var benchmark = SpeechBenchmark(session: session, runs: runs, seed: seed)
        let bar = ProgressBar("bench")
        defer { bar.clear() }
        let times = try benchmark.measure { bar.update($0, of: 2 * runs + 2) }
        let profile = showsProfile ? ProfileReport(speech: try benchmark.profile()) : nil
        let file = try transcribe(path, model) { bar.update(runs + 1 + $0, of: 2 * runs + 2) }
        bar.clear()
        let report = SpeechReport(
            model: model.path, threads: threads, instructionSet: instructionSet, runs: runs,
            openMilliseconds: openTime / .milliseconds(1), windowSeconds: times.window, stepSeconds: times.step,
            soundSeconds: file.sound, fileSeconds: file.seconds, tokens: file.tokens)
        if printsJSON {
            try report.json(profile: profile?.json).print(isPretty: true)
        } else {
            try StandardStream.output.write(report.text + (profile.map { "\n" + $0.text } ?? ""))
        }
    }

    /// The whole file, greedily, without fallback and times, in whole windows: what does not depend on how sure the model is.
    private func transcribe(
        _ path: String, _ model: SpeechModel, _ progress: (_ done: Int) -> Void
    ) throws -> (sound: Double, seconds: Double, tokens: Int) {
        var options = TranscriptionOptions()
        options.temperatures = [0]
        options.language = "en"
        options.findsTimes = false
        options.audioContext = model.audioContext
        options.threads = sessionFlags.threads ?? 0
        options.cacheType = sessionFlags.cacheType
        options.adapters = try adapterFlags.open(for: model.model)
        var transcriber = try Transcriber(model, options)
        var times: [Double] = []
        var (sound, tokens) = (0.0, 0)
        for run in 0...runs {
            progress(run)
            tokens = 0
            let start = ContinuousClock.now
            let result = try transcriber.transcribe(path: path) { segment in
                tokens += segment.tokens.count
                return true
            }
            sound = result.duration
            if run == 0 { result.warnings.forEach(StandardStream.printWarning) }
            if run > 0 { times.append((ContinuousClock.now - start) / .seconds(1)) }
        }
        return (sound, Benchmark.median(times), tokens)
    }

    /// - Throws: `ValidationError` for flags that measure something else.
    func validateSpeech() throws {
        guard speech != nil else { return }
        if draftFlags.isGiven || promptFile != nil || promptTokens != nil || decodeTokens != nil || texts != nil {
            throw ValidationError(
                "--speech measures hearing: leave out -p, -n, --texts, --prompt-file, --draft and --lookup")
        }
    }
}
