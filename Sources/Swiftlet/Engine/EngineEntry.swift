internal import Interpreter
internal import Synchronization
package import Tensors

/// A sequence of an ``Engine``, from ``Engine/open()`` or ``Engine/fork(_:)`` on until ``Engine/close(_:)``.
package struct EngineSequence: Sendable, Hashable {
    let index: Int
    /// Of this sequence alone, among those of all engines.
    private let number: Int

    private static let next = Atomic<Int>(0)

    init(index: Int) {
        self.index = index
        number = Self.next.add(1, ordering: .relaxed).oldValue
    }
}

/// One sequence's share of a step: tokens that follow those it holds.
package struct EngineEntry: Sendable {
    /// The tokens whose logits are wanted.
    package enum Logits: Sendable {
        case none, last, all
    }

    package var sequence: EngineSequence
    /// At least one.
    package var tokens: ArraySlice<Token>
    package var logits: Logits
    /// Tokens of the sequence once all that these are part of is taken in; a dynamic rope turns by it. Nil: each token's own.
    package var reach: Int?
    /// Whether each token's logits are bit-identical to those of a step of its own, however many there are. Slower for more
    /// than a dozen.
    package var isExact: Bool
    /// Tokens of the entry that this one is a part of: its logits are bit-identical to those of the whole in one entry. Nil:
    /// it is one by itself.
    package var wholeCount: Int?
    /// Takes the entry out of the step; see ``EngineOutcome/cancelled``.
    package var cancellation: SessionCancellation?

    package init(
        _ sequence: EngineSequence, _ tokens: ArraySlice<Token>, logits: Logits = .last, reach: Int? = nil,
        isExact: Bool = false, cancellation: SessionCancellation? = nil
    ) {
        self.sequence = sequence
        self.tokens = tokens
        self.logits = logits
        self.reach = reach
        self.isExact = isExact
        self.cancellation = cancellation
    }

    var products: ProductKernels { isExact ? .gemv : wholeCount.map { .fastestFor($0) } ?? .fastest }
}

/// The outcome of an entry.
package enum EngineOutcome {
    /// The sequence has taken in the tokens. `[wanted, vocabularySize]`, until the end of the call.
    case logits(FloatRows)
    /// The sequence is as it was before the step.
    case cancelled

    /// Rows of logits.
    package var rowCount: Int { if case .logits(let rows) = self { rows.rows } else { 0 } }

    /// One row of logits, nil for one that is not there.
    package func withLogits<Result>(_ row: Int, _ body: (Span<Float>) -> Result) -> Result? {
        guard case .logits(let rows) = self, (0..<rows.rows).contains(row) else { return nil }
        return rows.withRow(row, body)
    }
}
