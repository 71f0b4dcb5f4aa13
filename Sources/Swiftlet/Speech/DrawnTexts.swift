/// Texts of one window that grow side by side, each by tokens drawn from a random source of its own. Texts that are the same
/// so far share a row of the engine, so a text does not depend on how many others are drawn beside it.
package struct DrawnTexts {
    /// A token for one text; nil when none is possible.
    package struct Choice: Sendable {
        package let token: Token?
        package let logProbability: Double
    }

    /// Ends texts early, without a change to the window's result.
    package struct Limits: Sendable {
        /// Max tokens of a text.
        package let tokens: Int
        /// See ``TranscriptionOptions/lengthPenalty``.
        package let penalty: Double?
        /// A mean log-probability: a draw whose texts all stay below it is of no use. See ``Fallback``.
        package var floor: Double?

        package init(tokens: Int, penalty: Double?, floor: Double? = nil) {
            self.tokens = tokens
            self.penalty = penalty
            self.floor = floor
        }
    }

    package private(set) var texts: [Hypothesis]
    /// The growing texts of each row of the engine.
    package private(set) var rows: [[Int]]
    /// Of each row, the row of the step before that it continues.
    package private(set) var parents: [Int] = []
    /// Whether the draw was ended by ``Limits/floor``.
    package private(set) var isUseless = false
    private var sources: [RandomSource]
    private let limits: Limits
    private let special: SpeechTokens

    /// - Parameter seeds: one for each text.
    package init(seeds: [UInt64], _ limits: Limits, _ special: SpeechTokens) {
        texts = seeds.map { _ in Hypothesis() }
        rows = [Array(seeds.indices)]
        sources = seeds.map { RandomSource(seed: $0) }
        self.limits = limits
        self.special = special
    }

    /// The tokens of each row.
    package var prefixes: [[Token]] { rows.map { $0.first.map { texts[$0].tokens } ?? [] } }

    /// The tokens that each row grew by.
    package var lastTokens: [Token] { rows.compactMap { $0.first.flatMap { texts[$0].tokens.last } } }

    /// Of each row, where in the distribution its texts draw their next token.
    package mutating func nextPlaces() -> [[Double]] { rows.map { $0.map { sources[$0].uniform() } } }

    /// Lets the texts of each row grow by what was drawn for them; rows part where their texts do.
    package mutating func grow(_ choices: [[Choice]]) {
        var next: [[Int]] = []
        parents = []
        for (row, members) in rows.enumerated() {
            let first = next.count
            for (text, choice) in zip(members, choices[row]) {
                texts[text].take(choice.token, choice.logProbability, special)
                guard texts[text].end == .none else { continue }
                let twin = (first..<next.count).first { texts[next[$0][0]].tokens.last == choice.token }
                if let twin {
                    next[twin].append(text)
                } else {
                    next.append([text])
                    parents.append(row)
                }
            }
        }
        rows = next
        giveUp()
    }

    /// Whether ``parents`` are anything but the rows as they were.
    package func isReordered(from count: Int) -> Bool { parents != Array(0..<count) }

    /// The most probable one; a repetition loop only if all are.
    package var best: Hypothesis? { texts.filter { !$0.isGivenUp }.best(penalty: limits.penalty) }

    /// Gives up texts that cannot become the best one, and the draw when none of its texts can reach the floor.
    ///
    /// Log-probabilities are 0 or less, so a text is worth no more than if each token up to the limit was certain.
    private mutating func giveUp() {
        if let floor = limits.floor, texts.allSatisfy({ $0.maxMeanLogProbability(limits) < floor }) {
            isUseless = true
            (rows, parents) = ([], [])
            return
        }
        let ended = texts.filter { $0.end == .model }.map { $0.score(penalty: limits.penalty) }.max()
        guard let ended else { return }
        for row in rows.indices.reversed() {
            for text in rows[row] where texts[text].maxScore(limits) < ended { texts[text].isGivenUp = true }
            rows[row].removeAll { texts[$0].isGivenUp }
            if rows[row].isEmpty {
                rows.remove(at: row)
                parents.remove(at: row)
            }
        }
    }
}

extension Hypothesis {
    /// Grows by a token, or ends.
    package mutating func take(_ token: Token?, _ logProbability: Double, _ special: SpeechTokens) {
        // Nothing is possible: there can be no more text.
        guard let token else { return finish(0) }
        guard token != special.endOfText else { return finish(logProbability) }
        append(token, logProbability)
        cutLoop(special)
    }

    /// The highest score that it can still have.
    fileprivate func maxScore(_ limits: DrawnTexts.Limits) -> Double {
        let now = score(penalty: limits.penalty)
        return end == .none ? max(now, score(penalty: limits.penalty, length: limits.tokens)) : now
    }

    /// The highest mean log-probability that it can still have.
    fileprivate func maxMeanLogProbability(_ limits: DrawnTexts.Limits) -> Double {
        if isGivenUp { return -.infinity }
        return end == .none ? logProbability / Double(limits.tokens + 1) : meanLogProbability
    }
}

extension [Hypothesis] {
    /// The most probable one, the first of equals; a repetition loop only if all are.
    package func best(penalty: Double?) -> Hypothesis? {
        let sound = filter { $0.end != .loop }
        return (sound.isEmpty ? self : sound).max { $0.score(penalty: penalty) < $1.score(penalty: penalty) }
    }
}
