#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The state of a beam search: running hypotheses of one length, and the best of those that have ended.
///
/// The rules are those of transformers' `generate` (`GenerationMixin._beam_search`), so that results are the same.
struct Beams {
    private var front: BeamFront<BeamHypothesis>
    /// The best first.
    private(set) var finished: [BeamResult] = []
    private(set) var isDone = false
    private let options: BeamOptions
    private let maxTokens: Int
    private let ends: Set<Token>

    /// - Parameters:
    ///   - maxTokens: of a hypothesis, without the prompt.
    ///   - ends: tokens that end a hypothesis.
    init(_ options: BeamOptions, maxTokens: Int, ends: Set<Token>) {
        front = BeamFront(BeamHypothesis(tokens: [], sum: 0), width: options.beams)
        self.options = options
        self.maxTokens = maxTokens
        self.ends = ends
    }

    var running: [BeamHypothesis] { front.running }

    /// Candidates that a step needs: enough for ``BeamOptions/beams`` that do not end.
    var candidateCount: Int { max(2, 1 + ends.count) * options.beams }

    /// Whether the best token is taken at each step.
    var isGreedy: Bool { options.beams == 1 }

    /// With one beam, the first end is the result.
    private var stopsWhenFull: Bool { isGreedy || options.earlyStopping == .true }

    /// Takes the step's candidates, the best ``candidateCount`` of all running hypotheses, in order. Returns the parent of
    /// each hypothesis that runs on.
    mutating func advance(_ candidates: some Sequence<BeamCandidate>) -> [Int] {
        let length = front.running[0].tokens.count + 1
        let (ends, isLast) = (ends, length >= maxTokens)
        let (ended, parents) = front.advance(candidates, endsWithinWidth: true) {
            (BeamHypothesis(tokens: $0.tokens + [$1.token], sum: $1.sum), isLast || ends.contains($1.token))
        }
        if !(stopsWhenFull && isFull) {
            finish(ended.map { BeamResult(tokens: $0.tokens, score: score($0.sum, length: length)) })
        }
        let bestPossible = front.running.first.map { score($0.sum, length: bestLength(length)) }
        let canImprove = bestPossible.map { best in !isFull || best > (finished.last?.score ?? -.infinity) } ?? false
        isDone = !canImprove || (stopsWhenFull && isFull)
        return isDone ? [] : parents
    }

    private var isFull: Bool { finished.count == options.beams }

    private mutating func finish(_ ended: [BeamResult]) {
        for result in ended {
            let place = finished.firstIndex { $0.score < result.score } ?? finished.count
            finished.insert(result, at: place)
        }
        finished.removeLast(max(0, finished.count - options.beams))
    }

    /// The length by which a running hypothesis's score is guessed.
    private func bestLength(_ length: Int) -> Int {
        options.earlyStopping == .never && options.lengthPenalty > 0 ? maxTokens : length
    }

    private func score(_ sum: Double, length: Int) -> Double { sum / pow(Double(length), options.lengthPenalty) }
}

/// A hypothesis that runs.
struct BeamHypothesis {
    /// Without the prompt.
    let tokens: [Token]
    /// Of the tokens' log-probabilities.
    let sum: Double
}
