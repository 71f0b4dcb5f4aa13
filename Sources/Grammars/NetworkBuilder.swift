/// Makes the states of a grammar (Thompson 1968, for each rule), and finds what would keep a matcher from ending.
struct NetworkBuilder {
    var states: [Grammar.State] = []
    private(set) var starts: [Int32] = []
    /// Expressions added so far, counted since a repetition of nothing adds no state.
    private var work = 0

    /// The rules must come in the order of their indices.
    mutating func addRule(_ expression: Expression) throws(GrammarError) {
        let start = try addState()
        starts.append(start)
        let end = try add(expression, from: start)
        states[Int(end)].ends = true
    }

    private mutating func addState() throws(GrammarError) -> Int32 {
        guard states.count < Grammar.stateLimit else { throw .tooLarge }
        states.append(Grammar.State())
        return Int32(states.count - 1)
    }

    /// Adds what leads from a state through the expression; returns the state that it leads to.
    private mutating func add(_ expression: Expression, from start: Int32) throws(GrammarError) -> Int32 {
        work += 1
        guard work <= 10 * Grammar.stateLimit else { throw .tooLarge }
        var state = start
        switch expression {
        case .bytes(let bytes):
            for byte in bytes {
                let next = try addState()
                states[Int(state)].edges.append(.init(bytes: byte...byte, target: next))
                state = next
            }
        case .character(let ranges):
            let end = try addState()
            for range in ranges {
                for sequence in utf8Sequences(range) { try addPath(sequence, from: start, to: end) }
            }
            state = end
        case .sequence(let items):
            for item in items { state = try add(item, from: state) }
        case .choice(let alternatives):
            let end = try addState()
            for alternative in alternatives {
                let first = try addState()
                states[Int(start)].empty.append(first)
                let last = try add(alternative, from: first)
                states[Int(last)].empty.append(end)
            }
            state = end
        case .repetition(let item, let least, let most):
            state = try addRepetition(of: item, least, most, from: start)
        case .rule(let rule):
            let end = try addState()
            states[Int(start)].calls.append(.init(rule: Int32(rule), target: end))
            state = end
        }
        return state
    }

    private mutating func addPath(
        _ sequence: [ClosedRange<UInt8>], from start: Int32, to end: Int32
    ) throws(GrammarError) {
        var state = start
        for (index, bytes) in sequence.enumerated() {
            let next = index + 1 == sequence.count ? end : try addState()
            states[Int(state)].edges.append(.init(bytes: bytes, target: next))
            state = next
        }
    }

    private mutating func addRepetition(
        of item: Expression, _ least: Int, _ most: Int?, from start: Int32
    ) throws(GrammarError) -> Int32 {
        var state = start
        for _ in 0..<least { state = try add(item, from: state) }
        guard let most else {
            let loop = try addState()
            states[Int(state)].empty.append(loop)
            let last = try add(item, from: loop)
            states[Int(last)].empty.append(loop)
            let end = try addState()
            states[Int(loop)].empty.append(end)
            return end
        }
        let end = try addState()
        for _ in least..<most {
            states[Int(state)].empty.append(end)
            let first = try addState()
            states[Int(state)].empty.append(first)
            state = try add(item, from: first)
        }
        states[Int(state)].empty.append(end)
        return end
    }
}
