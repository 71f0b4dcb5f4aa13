/// A Huffman code as zlib makes it: of codes that are equally good it matters which one, as its lengths are sent, too.
///
/// Source: RFC 1951 §3.2.7.
struct HuffmanCode {
    /// Bits of each symbol; 0: it does not occur.
    private(set) var lengths: [Int]
    /// The last symbol that has a code.
    private var last = 0
    private var counts: [Int]
    private var depths: [Int]
    private var parents: [Int]
    private var heap: [Int] = []
    /// Nodes, a parent before its children.
    private var order: [Int] = []

    /// Bits of a block with codes of its own, without what stands in front of it and extra bits.
    static func blockBits(_ literals: [Int], _ distances: [Int]) -> Int {
        let codes = (HuffmanCode(literals, maxBits: 15), HuffmanCode(distances, maxBits: 15))
        var runs = [Int](repeating: 0, count: 19)
        codes.0.countRuns(&runs)
        codes.1.countRuns(&runs)
        let runCode = HuffmanCode(runs, maxBits: 7)
        let sent = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        let used = max(4, (sent.lastIndex { runCode.lengths[$0] > 0 } ?? 0) + 1)
        let runBits = runCode.bits(runs) + 2 * runs[16] + 3 * runs[17] + 7 * runs[18]
        return 5 + 5 + 4 + 3 * used + runBits + codes.0.bits(literals) + codes.1.bits(distances)
    }

    private init(_ occurrences: [Int], maxBits: Int) {
        counts = occurrences
        lengths = occurrences.map { _ in 0 }
        depths = lengths
        parents = lengths
        for symbol in occurrences.indices where occurrences[symbol] > 0 {
            heap.append(symbol)
            last = symbol
        }
        // There are two codes at least.
        while heap.count < 2 {
            if last < 2, !heap.isEmpty || last > 0 { last += 1 }
            let symbol = heap.contains(last) ? 0 : last
            counts[symbol] = 1
            heap.append(symbol)
        }
        merge()
        assign(maxBits, symbols: occurrences.count)
    }

    private func bits(_ occurrences: [Int]) -> Int { zip(occurrences, lengths).reduce(0) { $0 + $1.0 * $1.1 } }

    // MARK: The tree

    private mutating func merge() {
        for place in (0..<heap.count / 2).reversed() { sink(place) }
        while heap.count > 1 {
            let one = heap[0]
            heap[0] = heap[heap.count - 1]
            heap.removeLast()
            sink(0)
            let other = heap[0]
            order += [one, other]
            let node = counts.count
            counts.append(counts[one] + counts[other])
            depths.append(max(depths[one], depths[other]) + 1)
            parents.append(0)
            parents[one] = node
            parents[other] = node
            heap[0] = node
            sink(0)
        }
        order.append(heap[0])
        order.reverse()
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool { (counts[a], depths[a]) <= (counts[b], depths[b]) }

    private mutating func sink(_ place: Int) {
        let node = heap[place]
        var place = place
        while 2 * place + 1 < heap.count {
            var child = 2 * place + 1
            if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) { child += 1 }
            if isBefore(node, heap[child]) { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = node
    }

    /// Depths become lengths; those beyond the most are made up for by lengthening others.
    private mutating func assign(_ maxBits: Int, symbols: Int) {
        var nodeLengths = [Int](repeating: 0, count: counts.count)
        var used = [Int](repeating: 0, count: maxBits + 1)
        var tooLong = 0
        for node in order.dropFirst() {
            let bits = nodeLengths[parents[node]] + 1
            if bits > maxBits { tooLong += 1 }
            nodeLengths[node] = min(bits, maxBits)
            if node < symbols { used[nodeLengths[node]] += 1 }
        }
        guard tooLong > 0 else { return lengths = Array(nodeLengths[..<symbols]) }
        while tooLong > 0 {
            guard let bits = (1..<maxBits).last(where: { used[$0] > 0 }) else { break }
            used[bits] -= 1
            used[bits + 1] += 2
            used[maxBits] -= 1
            tooLong -= 2
        }
        var leaves = order.filter { $0 < symbols }
        for bits in (1...maxBits).reversed() {
            for _ in 0..<used[bits] { if let symbol = leaves.popLast() { lengths[symbol] = bits } }
        }
    }

    // MARK: Its lengths

    /// Counts the symbols that its lengths are sent by: a length, or a run of lengths (16), of few (17) or many zeros (18).
    private func countRuns(_ runs: inout [Int]) {
        var first = 0
        var before = -1
        while first <= last {
            let length = lengths[first]
            let most = length == 0 ? 138 : length == before ? 6 : 7
            let least = length == 0 || length == before ? 3 : 4
            var count = 1
            while count < most, first + count <= last, lengths[first + count] == length { count += 1 }
            if count < least {
                runs[length] += count
            } else if length > 0 {
                if length != before { runs[length] += 1 }
                runs[16] += 1
            } else {
                runs[count <= 10 ? 17 : 18] += 1
            }
            first += count
            before = length
        }
    }
}
