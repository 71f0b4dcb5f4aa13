/// Lengths of texts, in characters (Unicode scalars).
extension TextAutomaton {
    /// The length of the shortest text. Of a trimmed automaton that is not empty.
    var shortest: Int {
        var seen = [Bool](repeating: false, count: states.count)
        var layer: [Int32] = [0]
        seen[0] = true
        var length = 0
        while !layer.isEmpty {
            if layer.contains(where: { states[Int($0)].accepts }) { return length }
            var next: [Int32] = []
            for state in layer {
                for edge in states[Int(state)].edges where !seen[Int(edge.target)] {
                    seen[Int(edge.target)] = true
                    next.append(edge.target)
                }
            }
            layer = next
            length += 1
        }
        return length
    }

    /// The length of the longest text; nil if there is none. Of a trimmed automaton.
    var longest: Int? {
        var incoming = [Int](repeating: 0, count: states.count)
        for state in states { for edge in state.edges { incoming[Int(edge.target)] += 1 } }
        var lengths = [Int](repeating: 0, count: states.count)
        var work: [Int32] = incoming[0] == 0 ? [0] : []
        var done = 0
        var result = 0
        while let state = work.popLast() {
            done += 1
            result = max(result, lengths[Int(state)])
            for edge in states[Int(state)].edges {
                lengths[Int(edge.target)] = max(lengths[Int(edge.target)], lengths[Int(state)] + 1)
                incoming[Int(edge.target)] -= 1
                if incoming[Int(edge.target)] == 0 { work.append(edge.target) }
            }
        }
        return done == states.count ? result : nil
    }

    /// Whether a text has a length between the two. Where that would take long to find out, it says that one has.
    func hasText(from low: Int, to high: Int?) -> Bool {
        let targets = states.map { state in Array(Set(state.edges.map(\.target))) }
        var layer: Set<Int32> = [0]
        var length = 0
        var work = 0
        while !layer.isEmpty, length <= high ?? .max {
            if length >= low, high == nil || layer.contains(where: { states[Int($0)].accepts }) { return true }
            var next: Set<Int32> = []
            for state in layer {
                work += 1 + targets[Int(state)].count
                next.formUnion(targets[Int(state)])
            }
            // From a layer that leads to itself, every greater length is reached as well.
            if next == layer, length < low { length = low - 1 }
            guard work < 5_000_000 else { return true }
            layer = next
            length += 1
        }
        return false
    }

    /// Only the texts of these lengths.
    ///
    /// - Throws: ``GrammarError/tooLarge``.
    func limited(from low: Int, to high: Int?) throws(GrammarError) -> TextAutomaton {
        struct Place: Hashable {
            var state: Int32
            var length: Int
        }
        return try Self.explore(from: Place(state: 0, length: 0)) { place in
            states[Int(place.state)].accepts && place.length >= low
        } edges: { place in
            if let high, place.length >= high { return [] }
            let length = high == nil ? min(place.length + 1, low) : place.length + 1
            return states[Int(place.state)].edges.map { ($0.range, Place(state: $0.target, length: length)) }
        }
    }

    /// Steps one after the other, then one step that may be repeated without end: a language whose lengths are counted
    /// without a state for each.
    struct Chain {
        /// The characters of each step.
        var steps: [[ClosedRange<UInt32>]] = []
        /// Whether a text may end before each step.
        var accepts: [Bool] = []
        var loop: [ClosedRange<UInt32>]
    }

    /// The automaton as a chain, if it is one of few steps.
    var chain: Chain? {
        var result = Chain(loop: [])
        var state: Int32 = 0
        while result.steps.count <= 16 {
            let current = states[Int(state)]
            guard let target = current.edges.first?.target,
                current.edges.allSatisfy({ $0.target == target })
            else { return nil }
            let ranges = current.edges.map(\.range)
            if target == state {
                guard current.accepts else { return nil }
                result.loop = ranges
                return result
            }
            result.steps.append(ranges)
            result.accepts.append(current.accepts)
            state = target
        }
        return nil
    }
}
