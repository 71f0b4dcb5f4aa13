/// How a token chooses experts by its logits, and what each one's result is multiplied by.
package struct Router: Sendable {
    package enum Scoring: String, Sendable, BitwiseCopyable, CaseIterable {
        /// Over all experts (arXiv:2101.03961).
        case softmax
        /// Of each expert by itself (arXiv:2412.19437).
        case sigmoid
        /// Over the chosen experts, which are those with the greatest logits (arXiv:2401.04088).
        case softmaxOfChosen
        /// The root of softplus.
        case rootOfSoftplus
        /// Of each chosen expert, by a softmax over those whose logits are near its own, less the ones chosen before it
        /// (arXiv:2409.12136).
        case sparseMixer
    }

    /// Experts are chosen among those of the best groups (arXiv:2405.04434 §2.2.2).
    package struct Groups: Sendable, BitwiseCopyable {
        /// Consecutive groups of equal size.
        package let count: Int
        package let used: Int
        /// A group's score is the sum of this number of its best experts' scores.
        package let bestCount: Int

        package init(count: Int, used: Int, bestCount: Int = 2) {
            self.count = count
            self.used = used
            self.bestCount = bestCount
        }
    }

    package var scoring: Scoring
    /// Experts of a token.
    package var used: Int
    /// Added to scores for choosing alone, `[experts]` (arXiv:2408.15664).
    package var selectionBias: NamedVector?
    package var groups: Groups?
    /// Whether a token's weights are divided by their sum.
    package var isNormalized = false
    /// Multiplies all weights.
    package var scale: Float = 1
    /// Multiply the weights of each expert, `[experts]`.
    package var expertScales: NamedVector?

    package init(_ scoring: Scoring, used: Int) {
        self.scoring = scoring
        self.used = used
    }
}

/// Which experts a step's rows go to. A row has a place for each of its experts; places are sorted by expert and, of one
/// expert, by row, so that each expert's weights are read once.
package struct Routing: Sendable, Hashable, BitwiseCopyable {
    package let experts: Int
    /// Experts of a row.
    package let used: Int
    /// `[domain, used]`: what each expert's result is multiplied by, the best first.
    package let weights: Node
    /// `[domain, used]`: the place of each choice.
    package let places: Node
    /// The row of each place.
    package let sources: Node
    /// The expert of each place.
    package let order: Node
}
