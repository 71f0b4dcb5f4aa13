/// A guess at the next token.
package struct DraftToken: Sendable {
    package let token: Token
    /// The distribution it was drawn from; nil when there was no choice.
    package var source: Source?

    package struct Source: Sendable {
        /// Of the token that was drawn.
        package let probability: Float
        package let candidates: [Sampler.Candidate]
    }
}

extension Sampler {
    /// Draws a guess that ``sample(_:after:against:)`` can judge.
    package mutating func propose(_ logits: Span<Float>, after text: [Token]) -> DraftToken {
        withAdjusted(logits, after: text) { $0.propose($1) }
    }

    private mutating func propose(_ logits: Span<Float>) -> DraftToken {
        guard weighCandidates(logits) else { return DraftToken(token: Self.mostProbable(logits)) }
        let token = draw()
        return DraftToken(
            token: token, source: DraftToken.Source(probability: probability(of: token), candidates: candidates))
    }

    /// The next token, as probable as ``sample(_:after:)`` makes it, and the guess as often as can be.
    ///
    /// Of a guess x drawn from q when the model says p, it accepts p(x) / q(x), and replaces the rest by a token of the
    /// distribution max(0, p - q), scaled to 1 (arXiv:2211.17192, algorithm 1). A guess that nothing was drawn for needs no
    /// more than to be compared with a sample: q is 1 there.
    package mutating func sample(_ logits: Span<Float>, after text: [Token], against guess: DraftToken?) -> Token {
        withAdjusted(logits, after: text) { $0.choose($1, against: guess) }
    }

    private mutating func choose(_ logits: Span<Float>, against guess: DraftToken?) -> Token {
        guard let guess, let source = guess.source, weighCandidates(logits) else { return choose(logits) }
        let probability = probability(of: guess.token)
        if random.uniform() * Double(source.probability) < Double(probability) { return guess.token }
        let taken = Dictionary(
            source.candidates.map { ($0.token, $0.probability) }, uniquingKeysWith: { first, _ in first })
        var sum: Float = 0
        for index in candidates.indices {
            candidates[index].probability -= taken[candidates[index].token] ?? 0
            sum += max(0, candidates[index].probability)
        }
        candidates.removeAll { $0.probability <= 0 }
        // Distributions that differ by rounding alone leave nothing.
        guard !candidates.isEmpty else { return guess.token }
        for index in candidates.indices { candidates[index].probability /= sum }
        return draw()
    }

    private func probability(of token: Token) -> Float {
        candidates.first { $0.token == token }?.probability ?? 0
    }
}
