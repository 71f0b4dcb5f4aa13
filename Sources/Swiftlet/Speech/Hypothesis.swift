#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A text on its way.
package struct Hypothesis: Sendable {
    /// With times, without the token that ends it.
    package var tokens: [Token] = []
    /// Of each token.
    package var logProbabilities: [Double] = []
    /// Of all tokens, and of the end where the model set it.
    package var logProbability = 0.0
    package var end = End.none
    /// Whether it was left unfinished, as it could not become the result.
    package var isGivenUp = false

    package init() {}

    package enum End: Sendable {
        /// It was cut where it could grow no more.
        case none
        /// The model set it.
        case model
        /// A repetition loop was cut.
        case loop
    }

    package mutating func append(_ token: Token, _ logProbability: Double) {
        tokens.append(token)
        logProbabilities.append(logProbability)
        self.logProbability += logProbability
    }

    package mutating func finish(_ logProbability: Double) {
        self.logProbability += logProbability
        end = .model
    }

    /// Ends it at a repetition loop: the first repetition stays.
    package mutating func cutLoop(_ special: SpeechTokens) {
        guard let repeated = Loop.repeatedTokens(tokens, special) else { return }
        tokens.removeLast(repeated)
        logProbabilities.removeLast(repeated)
        end = .loop
    }

    package func probability(of place: Int) -> Double { exp(logProbabilities[place]) }

    /// Of its tokens and the end.
    package var meanLogProbability: Double { logProbability / Double(tokens.count + 1) }

    /// Length-normalized score, to compare hypotheses of different lengths.
    ///
    /// - Parameters:
    ///   - penalty: see ``TranscriptionOptions/lengthPenalty``.
    ///   - length: another number of tokens than its own.
    package func score(penalty: Double?, length: Int? = nil) -> Double {
        let length = Double(max(length ?? tokens.count, 1))
        guard let penalty else { return logProbability / length }
        return logProbability / pow((5 + length) / 6, penalty)
    }
}

/// A text that repeats its end over and over: models do so on noise, until their context is full.
package enum Loop {
    private static let longestRound = 32
    /// Nobody says a thing more often, or a short one for longer.
    private static let maxRounds = 6
    private static let minTokens = 24

    /// How many tokens at the end repeat what stands before them; nil where that is not too many. Times do not count, as
    /// they go on while the text goes round.
    package static func repeatedTokens(_ tokens: [Token], _ special: SpeechTokens) -> Int? {
        let places = tokens.indices.filter { tokens[$0] < special.endOfText }
        let count = places.count
        guard count >= minTokens else { return nil }
        for round in 1...longestRound {
            let most = max(minTokens, maxRounds * round)
            guard most <= count else { return nil }
            var same = 0
            while same < count - round, tokens[places[count - 1 - same]] == tokens[places[count - 1 - same - round]] {
                same += 1
            }
            guard same + round >= most else { continue }
            // From the first token of the second round on.
            return tokens.count - places[count - same]
        }
        return nil
    }
}
