/// A merge that could be done: two neighbouring symbols that form a token.
package struct MergeCandidate {
    /// Priority in the upper half, position of the left symbol in the lower: the smallest is merged first, and of
    /// equals the leftmost.
    package let key: UInt64
    /// Position of the right symbol.
    let right: Int32
    /// Where the right symbol ended when the candidate was found; it is stale when that has changed.
    let end: UInt32
    /// The token that the merge makes.
    let token: Int32

    package init(key: UInt64, right: Int32, end: UInt32, token: Int32) {
        self.key = key
        self.right = right
        self.end = end
        self.token = token
    }

    var left: Int { Int(truncatingIfNeeded: key & 0xFFFF_FFFF) }
}

/// A binary heap of merge candidates, smallest key first.
package struct MergeQueue {
    private var heap: [MergeCandidate] = []

    package init() {}

    package mutating func push(_ candidate: MergeCandidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].key <= candidate.key { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = candidate
    }

    package mutating func pop() -> MergeCandidate? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        let count = heap.count
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= count { break }
            if child + 1 < count, heap[child + 1].key < heap[child].key { child += 1 }
            if last.key <= heap[child].key { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = last
        return first
    }
}
