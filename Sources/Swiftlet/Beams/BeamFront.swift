/// A token with which a running hypothesis could go on.
struct BeamCandidate {
    /// The hypothesis's number.
    let parent: Int
    let token: Token
    /// The token's own log-probability.
    let score: Double
    /// Sum of the log-probabilities with the token.
    let sum: Double

    /// The likeliest first; equal sums keep the order of hypotheses and tokens.
    static func ranked(_ candidates: [BeamCandidate]) -> [BeamCandidate] {
        let order = candidates.indices.sorted { (candidates[$1].sum, $0) < (candidates[$0].sum, $1) }
        return order.map { candidates[$0] }
    }
}

/// The hypotheses of one length with which a beam search runs on. What becomes of those that end is the search's own rule.
struct BeamFront<Hypothesis> {
    private(set) var running: [Hypothesis]
    private let width: Int

    /// - Parameters:
    ///   - first: the hypothesis without a token.
    ///   - width: max number of hypotheses.
    init(_ first: Hypothesis, width: Int) {
        running = [first]
        self.width = width
    }

    /// Takes the likeliest candidates, until there are enough that do not end.
    ///
    /// - Parameters:
    ///   - ranked: the likeliest first.
    ///   - endsWithinWidth: whether a hypothesis ends only by a candidate among the first ``width``.
    ///   - extend: a hypothesis with the candidate, and whether that has ended it.
    /// - Returns: the hypotheses that have ended, and the parent of each that runs on.
    mutating func advance(
        _ ranked: some Sequence<BeamCandidate>, endsWithinWidth: Bool,
        _ extend: (Hypothesis, BeamCandidate) -> (hypothesis: Hypothesis, hasEnded: Bool)
    ) -> (ended: [Hypothesis], parents: [Int]) {
        var next: [Hypothesis] = []
        var parents: [Int] = []
        var ended: [Hypothesis] = []
        for (rank, candidate) in ranked.enumerated() {
            guard next.count < width else { break }
            let (hypothesis, hasEnded) = extend(running[candidate.parent], candidate)
            if !hasEnded {
                next.append(hypothesis)
                parents.append(candidate.parent)
            } else if rank < width || !endsWithinWidth {
                ended.append(hypothesis)
            }
        }
        running = next
        return (ended, parents)
    }
}
