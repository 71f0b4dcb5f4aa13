import Swiftlet

/// The runs of `bench`.
struct Benchmark: ~Copyable {
    var session: Session
    private let prompt: [Token]
    private let decode: [Token]
    private let runs: Int

    /// Medians, in tokens a second.
    struct Speeds {
        let prompt: Double
        let decode: Double
    }

    /// - Parameter session: holds `promptTokens` and `1 + decodeTokens`.
    init(session: consuming Session, promptTokens: Int, decodeTokens: Int, runs: Int, seed: UInt64) {
        let vocabularySize = session.model.vocabularySize
        var random = Random(seed: seed)
        prompt = random.tokens(promptTokens, below: vocabularySize)
        decode = random.tokens(1 + decodeTokens, below: vocabularySize)
        self.session = session
        self.runs = runs
    }

    /// - Parameter progress: gets the number of finished runs and of all runs.
    mutating func measure(_ progress: (_ done: Int, _ total: Int) -> Void) throws(SwiftletError) -> Speeds {
        var promptTimes: [Double] = []
        var decodeTimes: [Double] = []
        for run in 0...runs {
            progress(run, runs + 1)
            let times = (try measurePrompt(), try measureDecode())
            guard run > 0 else { continue }
            promptTimes.append(times.0)
            decodeTimes.append(times.1)
        }
        return Speeds(
            prompt: Double(prompt.count) / Self.median(promptTimes),
            decode: Double(decode.count - 1) / Self.median(decodeTimes))
    }

    /// Where time goes, by operation: over all steps of the prompt and of decoding, `runs` times each.
    mutating func profile() throws(SwiftletError) -> (prompt: Profile, decode: Profile) {
        session.startProfile()
        for _ in 0..<runs { _ = try measurePrompt() }
        let prompt = session.endProfile()
        session.startProfile()
        for _ in 0..<runs {
            session.rewind(to: 0)
            for token in decode { try session.append([token]) }
        }
        return (prompt, session.endProfile())
    }

    /// Seconds for the whole prompt, up to the logits of its last token.
    private mutating func measurePrompt() throws(SwiftletError) -> Double {
        session.rewind(to: 0)
        let start = ContinuousClock.now
        try session.append(prompt)
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Seconds for all tokens but the first, one at a time.
    private mutating func measureDecode() throws(SwiftletError) -> Double {
        session.rewind(to: 0)
        try session.append([decode[0]])
        let start = ContinuousClock.now
        for token in decode.dropFirst() { try session.append([token]) }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Random tokens.
    struct Random {
        private var generator: SplitMix

        init(seed: UInt64) { generator = SplitMix(state: seed) }

        mutating func tokens(_ count: Int, below vocabularySize: Int) -> [Token] {
            (0..<count).map { _ in Token(truncatingIfNeeded: Int.random(in: 0..<vocabularySize, using: &generator)) }
        }
    }

    static func median(_ times: [Double]) -> Double {
        guard !times.isEmpty else { return 1e-9 }
        let sorted = times.sorted()
        let middle = sorted.count / 2
        let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        return max(median, 1e-9)
    }
}

/// The generator SplitMix64 (https://doi.org/10.1145/2714064.2660195).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
