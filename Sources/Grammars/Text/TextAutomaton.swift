/// A deterministic automaton over Unicode scalars. State 0 is the start; a scalar without an edge leads nowhere.
struct TextAutomaton: Sendable, Hashable {
    struct Edge: Sendable, Hashable {
        var range: ClosedRange<UInt32>
        var target: Int32
    }

    struct State: Sendable, Hashable {
        /// Sorted and disjoint.
        var edges: [Edge] = []
        var accepts = false
    }

    /// States, and edges per state on average, that there may be.
    static let stateLimit = 100_000
    private static let edgeLimit = 2_000_000

    /// Every character. Surrogates are no characters.
    static let anyCharacter: [ClosedRange<UInt32>] = complement([])

    private(set) var states: [State]

    /// No text at all.
    static let nothing = TextAutomaton(states: [State()])
    /// Every text.
    static let all = star(of: anyCharacter)

    init(states: [State]) {
        self.states = states
    }

    /// The texts of any length of these characters.
    static func star(of ranges: [ClosedRange<UInt32>]) -> TextAutomaton {
        TextAutomaton(states: [State(edges: ranges.map { Edge(range: $0, target: 0) }, accepts: true)])
    }

    /// The texts of one of these characters, which must be sorted and disjoint.
    static func single(_ ranges: [ClosedRange<UInt32>]) -> TextAutomaton {
        let first = State(edges: ranges.map { Edge(range: $0, target: 1) })
        return TextAutomaton(states: [first, State(accepts: true)])
    }

    /// The automaton of all states that a start leads to.
    ///
    /// - Parameter edges: of a state; sorted and disjoint.
    /// - Throws: ``GrammarError/tooLarge``.
    static func explore<S: Hashable>(
        from start: S, accepts: (S) -> Bool, edges: (S) -> [(range: ClosedRange<UInt32>, target: S)]
    ) throws(GrammarError) -> TextAutomaton {
        var numbers = [start: Int32(0)]
        var found = [start]
        var states: [State] = []
        var edgeCount = 0
        while states.count < found.count {
            let current = found[states.count]
            var state = State(accepts: accepts(current))
            for (range, target) in edges(current) {
                let number: Int32
                if let known = numbers[target] {
                    number = known
                } else {
                    guard found.count < stateLimit else { throw .tooLarge }
                    number = Int32(found.count)
                    numbers[target] = number
                    found.append(target)
                }
                state.append(Edge(range: range, target: number))
            }
            edgeCount += state.edges.count
            guard edgeCount <= edgeLimit else { throw .tooLarge }
            states.append(state)
        }
        return TextAutomaton(states: states).trimmed()
    }

    func step(_ state: Int32, _ scalar: UInt32) -> Int32? {
        let edges = states[Int(state)].edges
        var low = 0, high = edges.count
        while low < high {
            let middle = (low + high) / 2
            if edges[middle].range.upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < edges.count, edges[low].range.contains(scalar) else { return nil }
        return edges[low].target
    }

    func contains(_ text: String) -> Bool {
        var state: Int32 = 0
        for scalar in text.unicodeScalars {
            guard let next = step(state, scalar.value) else { return false }
            state = next
        }
        return states[Int(state)].accepts
    }

    /// Holds for a trimmed automaton.
    var isEmpty: Bool { !states[0].accepts && states[0].edges.isEmpty }

    // MARK: Combinations

    private struct Pair: Hashable {
        var first: Int32
        var second: Int32
    }

    /// - Throws: ``GrammarError/tooLarge``.
    func intersection(_ other: TextAutomaton) throws(GrammarError) -> TextAutomaton {
        try Self.explore(from: Pair(first: 0, second: 0)) { pair in
            states[Int(pair.first)].accepts && other.states[Int(pair.second)].accepts
        } edges: { pair in
            let a = states[Int(pair.first)].edges, b = other.states[Int(pair.second)].edges
            var result: [(range: ClosedRange<UInt32>, target: Pair)] = []
            var i = 0, j = 0
            while i < a.count, j < b.count {
                if a[i].range.overlaps(b[j].range) {
                    let range = a[i].range.clamped(to: b[j].range)
                    result.append((range, Pair(first: a[i].target, second: b[j].target)))
                }
                if a[i].range.upperBound < b[j].range.upperBound { i += 1 } else { j += 1 }
            }
            return result
        }
    }

    /// The texts that are not of this language.
    func complemented() -> TextAutomaton {
        let sink = Int32(states.count)
        var result = states
        for index in result.indices {
            let missing = complement(result[index].edges.map(\.range)).map { Edge(range: $0, target: sink) }
            let all = (result[index].edges + missing).sorted { $0.range.lowerBound < $1.range.lowerBound }
            result[index] = State(accepts: !result[index].accepts)
            for edge in all { result[index].append(edge) }
        }
        result.append(State(edges: Self.anyCharacter.map { Edge(range: $0, target: sink) }, accepts: true))
        return TextAutomaton(states: result).trimmed()
    }

    /// A tree of the texts.
    init(texts: [String]) {
        var edges: [[UInt32: Int32]] = [[:]]
        var accepting: Set<Int32> = []
        for text in texts {
            var state: Int32 = 0
            for scalar in text.unicodeScalars {
                if let next = edges[Int(state)][scalar.value] {
                    state = next
                } else {
                    edges[Int(state)][scalar.value] = Int32(edges.count)
                    state = Int32(edges.count)
                    edges.append([:])
                }
            }
            accepting.insert(state)
        }
        states = edges.enumerated().map { index, edges in
            let sorted = edges.sorted { $0.key < $1.key }.map { Edge(range: $0.key...$0.key, target: $0.value) }
            return State(edges: sorted, accepts: accepting.contains(Int32(index)))
        }
    }
}

extension TextAutomaton.State {
    /// Adds the next edge; joins it with the last one where it can.
    mutating func append(_ edge: TextAutomaton.Edge) {
        if let last = edges.last, last.target == edge.target, last.range.upperBound + 1 == edge.range.lowerBound {
            edges[edges.count - 1].range = last.range.lowerBound...edge.range.upperBound
        } else {
            edges.append(edge)
        }
    }
}
