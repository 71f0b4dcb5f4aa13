/// The merges of byte-level BPE by token ids: which pairs merge, at what rank, into what.
///
/// A hash table with open addressing, seeded at random, so a file cannot be made to collide.
struct MergeTable: Sendable {
    private struct Merge {
        /// Left id in the upper half, right id in the lower.
        let pair: UInt64
        let result: MergeResult
    }

    /// By rank.
    private var merges: [Merge] = []
    /// Each slot holds the upper half of the pair's hash and, below it, its position in `merges` plus one; zero is free.
    private var slots: [UInt64]
    private let seed = UInt64.random(in: .min ... .max)

    /// Reads merges in order of rank, each a string `left right` (split at the first space after its first byte).
    ///
    /// A merge whose parts or whole are not tokens that text may become can never apply and is left out; of merges of
    /// the same pair the first counts.
    init(_ source: ByteStrings, vocabulary: Vocabulary) {
        var slotCount = 16
        while slotCount / 4 * 3 < source.count { slotCount *= 2 }
        slots = Array(repeating: 0, count: slotCount)
        merges.reserveCapacity(source.count)
        var joiner = TokenJoiner()
        for rank in 0..<source.count {
            let merge = source[rank]
            guard let space = merge.firstSpace(from: 1) else { continue }
            let (left, right) = (merge.extracting(..<space), merge.extracting((space + 1)...))
            guard let leftToken = vocabulary.textToken(left), let rightToken = vocabulary.textToken(right),
                let token = joiner.token(joining: left, right, in: vocabulary)
            else { continue }
            insert(
                Merge(
                    pair: Self.pair(leftToken, rightToken),
                    result: MergeResult(priority: UInt32(truncatingIfNeeded: rank), token: token)))
        }
    }

    func find(_ left: Int32, _ right: Int32) -> MergeResult? {
        let pair = Self.pair(left, right)
        let entry = slots[slot(of: pair, mixed(seed, pair))]
        return entry == 0 ? nil : merges[Self.position(in: entry)].result
    }

    private mutating func insert(_ merge: Merge) {
        let hash = mixed(seed, merge.pair)
        let slot = slot(of: merge.pair, hash)
        guard slots[slot] == 0 else { return }
        merges.append(merge)
        slots[slot] = (hash >> 32) << 32 | UInt64(truncatingIfNeeded: merges.count)
    }

    /// The slot that holds the pair, or the free one where it belongs.
    private func slot(of pair: UInt64, _ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = slots[slot]
            if entry >> 32 == hash >> 32, merges[Self.position(in: entry)].pair == pair { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private static func position(in entry: UInt64) -> Int {
        Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
    }

    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}

/// Finds the token that two texts make together.
///
/// Files list merges in the order of the tokens they make, so the last token found and the one after it are tried
/// before the whole vocabulary is searched.
private struct TokenJoiner {
    private var last: Int32 = 0
    private var whole: [UInt8] = []

    mutating func token(joining left: Span<UInt8>, _ right: Span<UInt8>, in vocabulary: Vocabulary) -> Int32? {
        whole.removeAll(keepingCapacity: true)
        for i in left.indices { whole.append(left[i]) }
        for i in right.indices { whole.append(right[i]) }
        if vocabulary.isTextToken(last + 1, whole.span) {
            last += 1
        } else if !vocabulary.isTextToken(last, whole.span) {
            guard let token = vocabulary.textToken(whole.span) else { return nil }
            last = token
        }
        return last
    }
}

extension Span<UInt8> {
    fileprivate func firstSpace(from start: Int) -> Int? {
        for i in start..<Swift.max(start, count) where self[i] == 0x20 { return i }
        return nil
    }
}
