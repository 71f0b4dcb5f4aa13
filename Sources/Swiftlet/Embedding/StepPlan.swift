/// Which sequences share a step, and who computes it.
///
/// Sequences are numbered by length, the longest first: those of a step are then alike.
struct StepPlan {
    /// Steps run by all threads together, one after the other.
    var together: [Range<Int>] = []
    /// Steps run concurrently, one thread each.
    var apart: [Range<Int>] = []

    /// Limits of a step.
    struct Limits {
        /// Max sequences of a step.
        var sequences: Int
        /// Max tokens of a step with more than one sequence that all threads run.
        var together: Int
        /// Max tokens of a step that one thread runs. A longer sequence is run by all threads.
        var apart: Int
        /// Threads that run steps of their own; 0 if none.
        var threads: Int
    }

    /// Max tokens of a step that one thread runs: as many as of a step that all run together, but with many threads,
    /// so that the room for their activations does not grow with them.
    static func tokensApart(together: Int, threads: Int) -> Int {
        min(together, max(128, 4 * together / max(1, threads)))
    }

    /// - Parameter lengths: of the sequences, none of them 0, the greatest first.
    init(lengths: [Int], _ limits: Limits) {
        let alone = Self.firstApart(lengths, limits)
        var next = 0
        while next < alone {
            let step = Self.step(lengths[..<alone], from: next, most: limits.together, limits)
            together.append(step)
            next = step.upperBound
        }
        var remaining = lengths[alone...].reduce(0, +)
        while next < lengths.count {
            // Smaller ones at the end, so that threads end together.
            let size = min(limits.apart, max(Self.minApart, remaining / (2 * limits.threads)))
            let step = Self.step(lengths[...], from: next, most: size, limits)
            apart.append(step)
            remaining -= lengths[step].reduce(0, +)
            next = step.upperBound
        }
    }

    /// Tokens below which a step is not made smaller: weights are read again for each.
    private static let minApart = 64

    /// The first of the sequences that are computed apart: those that fit such a step, if they are enough work for all
    /// threads. With less, the one with the longest would let the others wait.
    private static func firstApart(_ lengths: [Int], _ limits: Limits) -> Int {
        guard limits.threads > 1, let first = lengths.firstIndex(where: { $0 <= limits.apart }) else {
            return lengths.count
        }
        let tokens = lengths[first...].reduce(0, +)
        return tokens / limits.threads >= 4 * lengths[first] ? first : lengths.count
    }

    /// As many sequences as fit, at least one.
    private static func step(
        _ lengths: ArraySlice<Int>, from first: Int, most: Int, _ limits: Limits
    ) -> Range<Int> {
        var end = first
        var tokens = 0
        while end < lengths.endIndex, end - first < limits.sequences,
            end == first || tokens + lengths[end] <= most
        {
            tokens += lengths[end]
            end += 1
        }
        return first..<end
    }
}
