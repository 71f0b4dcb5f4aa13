/// Tells which neighbouring symbols merge, into what, and how urgently.
package protocol MergeRules {
    /// What `left` and `right`, which stand side by side in `text`, merge into; nothing if they do not.
    func merge(_ left: MergeSymbol, _ right: MergeSymbol, in text: Span<UInt8>) -> MergeResult?
}

package struct MergeResult {
    /// Lower is merged earlier.
    package let priority: UInt32
    package let token: Int32

    package init(priority: UInt32, token: Int32) {
        self.priority = priority
        self.token = token
    }
}

/// A stretch of text on the way to becoming a token; neighbours are linked by position.
package struct MergeSymbol {
    package var start: UInt32
    /// One past the last byte; equal to `start` once the symbol has been merged into its left neighbour.
    package var end: UInt32
    /// Its token, or ``none``.
    package var token: Int32
    package var previous: Int32
    package var next: Int32

    /// The token of a symbol that the vocabulary does not have, and the neighbour beyond either end.
    package static let none: Int32 = -1
}

/// Byte-pair encoding: merges the most urgent pair of neighbours until no pair merges.
///
/// Takes O(n log n) for n symbols, however they merge. One merger serves many words, so its memory is allocated once.
///
/// - Source: arXiv:1508.07909; the queue of candidates as in SentencePiece.
package struct PairMerger {
    package private(set) var symbols: [MergeSymbol] = []
    private var queue = MergeQueue()

    package init() {}

    /// The number of bytes that one text may have, so that 32-bit positions do.
    static let longestText = 1 << 30

    mutating func removeAll() {
        symbols.removeAll(keepingCapacity: true)
    }

    /// Adds the next symbol of the text.
    package mutating func append(_ range: Range<Int>, token: Int32) {
        let position = Int32(truncatingIfNeeded: symbols.count)
        if position > 0 { symbols[symbols.count - 1].next = position }
        symbols.append(
            MergeSymbol(
                start: UInt32(truncatingIfNeeded: range.lowerBound), end: UInt32(truncatingIfNeeded: range.upperBound),
                token: token, previous: position - 1, next: MergeSymbol.none))
    }

    /// Merges the symbols appended so far as far as `rules` go. Those that remain have `end > start`.
    package mutating func merge(_ rules: some MergeRules, in text: Span<UInt8>) {
        for left in symbols.indices.dropLast() {
            enqueue(Int32(truncatingIfNeeded: left), Int32(truncatingIfNeeded: left + 1), rules, text)
        }
        while let candidate = queue.pop() {
            let left = candidate.left
            let right = Int(candidate.right)
            guard symbols[left].end > symbols[left].start, symbols[left].next == candidate.right,
                symbols[right].end == candidate.end
            else { continue }
            let next = symbols[right].next
            symbols[left].end = candidate.end
            symbols[left].token = candidate.token
            symbols[left].next = next
            symbols[right].end = symbols[right].start
            if next != MergeSymbol.none { symbols[Int(next)].previous = Int32(truncatingIfNeeded: left) }
            enqueue(symbols[left].previous, Int32(truncatingIfNeeded: left), rules, text)
            enqueue(Int32(truncatingIfNeeded: left), next, rules, text)
        }
    }

    @inline(__always)
    private mutating func enqueue(_ left: Int32, _ right: Int32, _ rules: some MergeRules, _ text: Span<UInt8>) {
        guard left != MergeSymbol.none, right != MergeSymbol.none else { return }
        let rightSymbol = symbols[Int(right)]
        guard let result = rules.merge(symbols[Int(left)], rightSymbol, in: text) else { return }
        queue.push(
            MergeCandidate(
                key: UInt64(result.priority) << 32 | UInt64(truncatingIfNeeded: left), right: right,
                end: rightSymbol.end, token: result.token))
    }
}
