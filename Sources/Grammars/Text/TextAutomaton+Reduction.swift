extension TextAutomaton {
    /// Without the states that the start does not lead to, or that lead to no end.
    func trimmed() -> TextAutomaton {
        var before = [[Int32]](repeating: [], count: states.count)
        for (index, state) in states.enumerated() {
            for edge in state.edges { before[Int(edge.target)].append(Int32(index)) }
        }
        let isUseful = Self.reached(states.indices.filter { states[$0].accepts }.map(Int32.init), before)
        guard isUseful[0] else { return .nothing }
        var numbers = [Int32](repeating: -1, count: states.count)
        var kept: [Int32] = [0]
        numbers[0] = 0
        var index = 0
        while index < kept.count {
            for edge in states[Int(kept[index])].edges
            where isUseful[Int(edge.target)] && numbers[Int(edge.target)] < 0 {
                numbers[Int(edge.target)] = Int32(kept.count)
                kept.append(edge.target)
            }
            index += 1
        }
        return TextAutomaton(
            states: kept.map { old in
                var state = State(accepts: states[Int(old)].accepts)
                for edge in states[Int(old)].edges where isUseful[Int(edge.target)] {
                    state.append(Edge(range: edge.range, target: numbers[Int(edge.target)]))
                }
                return state
            })
    }

    private static func reached(_ starts: [Int32], _ next: [[Int32]]) -> [Bool] {
        var result = [Bool](repeating: false, count: next.count)
        for start in starts { result[Int(start)] = true }
        var work = starts
        while let state = work.popLast() {
            for target in next[Int(state)] where !result[Int(target)] {
                result[Int(target)] = true
                work.append(target)
            }
        }
        return result
    }

    /// With as few states as its texts need (Moore 1956), where that is found in a moment; as it is otherwise.
    func minimized() -> TextAutomaton {
        let edgeCount = states.reduce(0) { $0 + $1.edges.count }
        guard states.count > 1, edgeCount + states.count <= 20_000 else { return self }
        var classes = states.map { Int32($0.accepts ? 1 : 0) }
        var count = Set(classes).count
        for _ in 0..<100 {
            var numbers: [State: Int32] = [:]
            var next: [Int32] = []
            for (index, state) in states.enumerated() {
                // The previous class is encoded by the edge that no character has.
                var signature = State(accepts: state.accepts)
                signature.edges.append(Edge(range: 0x110000...0x110000, target: classes[index]))
                for edge in state.edges {
                    signature.append(Edge(range: edge.range, target: classes[Int(edge.target)]))
                }
                let number = numbers[signature, default: Int32(numbers.count)]
                numbers[signature] = number
                next.append(number)
            }
            classes = next
            if numbers.count == count { return merged(by: classes, count) }
            count = numbers.count
        }
        return self
    }

    private func merged(by classes: [Int32], _ count: Int) -> TextAutomaton {
        var result = [State](repeating: State(), count: count)
        for (index, state) in states.enumerated() {
            var new = State(accepts: state.accepts)
            for edge in state.edges { new.append(Edge(range: edge.range, target: classes[Int(edge.target)])) }
            result[Int(classes[index])] = new
        }
        // State 0 has class 0, since it comes first.
        return TextAutomaton(states: result)
    }
}
