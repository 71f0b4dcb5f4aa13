/// The rows that may be among the best of one query, from bounds of their scores.
///
/// A row whose upper bound is below the lower bounds of as many rows as are wanted cannot be one of them.
struct CandidateList: Sendable {
    struct Candidate: Sendable {
        let row: Int
        let upper: Float
    }

    private(set) var candidates: [Candidate] = []
    /// The greatest lower bounds, a heap with the least of them first; none is NaN.
    private(set) var lowers: [Float] = []
    /// Rows with a lesser upper bound do not count.
    private(set) var threshold = -Float.infinity
    private let wanted: Int
    private var pruningCount = 1024

    /// - Parameter wanted: at least 1.
    init(wanted: Int) { self.wanted = wanted }

    /// Takes in a row whose upper bound is not below ``threshold``.
    mutating func insert(row: Int, lower: Float, upper: Float) {
        candidates.append(Candidate(row: row, upper: upper))
        // A damaged file can make a bound NaN: that row stays a candidate, and tells nothing of others.
        if !lower.isNaN { insert(lower) }
        if candidates.count >= pruningCount {
            prune(below: threshold)
            pruningCount = max(1024, 2 * candidates.count)
        }
    }

    /// Forgets the rows with an upper bound below `threshold`.
    mutating func prune(below threshold: Float) { candidates.removeAll { $0.upper < threshold } }

    private mutating func insert(_ lower: Float) {
        if lowers.count < wanted {
            lowers.append(lower)
            siftUp()
        } else if lower > lowers[0] {
            lowers[0] = lower
            siftDown()
        }
        if lowers.count == wanted { threshold = lowers[0] }
    }

    private mutating func siftUp() {
        var index = lowers.count - 1
        while index > 0, lowers[(index - 1) / 2] > lowers[index] {
            lowers.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func siftDown() {
        var index = 0
        while 2 * index + 1 < lowers.count {
            var child = 2 * index + 1
            if child + 1 < lowers.count, lowers[child + 1] < lowers[child] { child += 1 }
            guard lowers[child] < lowers[index] else { return }
            lowers.swapAt(index, child)
            index = child
        }
    }

    /// The candidates of all lists, which saw different rows, that remain when each knows of the others.
    static func merged(_ lists: [CandidateList], wanted: Int) -> [Candidate] {
        let lowers = lists.flatMap(\.lowers).sorted(by: >)
        let threshold = lowers.count < wanted ? -.infinity : lowers[wanted - 1]
        return lists.flatMap { list in
            var list = list
            list.prune(below: threshold)
            return list.candidates
        }
    }
}
