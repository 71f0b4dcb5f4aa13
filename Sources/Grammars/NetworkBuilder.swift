/// Makes the states of a grammar (Thompson 1968, for each rule), and finds what would keep a matcher from ending.
struct NetworkBuilder {
    private(set) var states: [Grammar.State] = []
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

    // MARK: Checks

    /// The states that can be reached from one without a byte, and the rules that are called in them.
    private func reachable(from start: Int32, nullable: [Bool]) -> (states: Set<Int32>, rules: Set<Int32>) {
        var found: Set<Int32> = [start]
        var rules: Set<Int32> = []
        var work = [start]
        while let state = work.popLast() {
            var next = states[Int(state)].empty
            for call in states[Int(state)].calls {
                rules.insert(call.rule)
                if nullable[Int(call.rule)] { next.append(call.target) }
            }
            for target in next where found.insert(target).inserted { work.append(target) }
        }
        return (found, rules)
    }

    func refuseLeftRecursion(_ names: [String]) throws(GrammarError) {
        var nullable = starts.map { _ in false }
        var changed = true
        while changed {
            changed = false
            for rule in starts.indices where !nullable[rule] {
                let found = reachable(from: starts[rule], nullable: nullable).states
                if found.contains(where: { states[Int($0)].ends }) {
                    nullable[rule] = true
                    changed = true
                }
            }
        }
        let calls = starts.map { reachable(from: $0, nullable: nullable).rules }
        for rule in starts.indices {
            var found: Set<Int32> = calls[rule]
            var work = Array(found)
            while let next = work.popLast() {
                if Int(next) == rule { throw .leftRecursion(names[rule]) }
                for called in calls[Int(next)] where found.insert(called).inserted { work.append(called) }
            }
        }
    }

    /// Least distances to the ends of rules, by repeated relaxation; backwards, since most states lead forward.
    mutating func measureDistances() {
        var changed = true
        while changed {
            changed = false
            for index in states.indices.reversed() {
                let state = states[index]
                var least = state.ends ? 0 : state.distance
                for edge in state.edges { least = min(least, 1 + states[Int(edge.target)].distance) }
                for target in state.empty { least = min(least, states[Int(target)].distance) }
                for call in state.calls {
                    let within = states[Int(starts[Int(call.rule)])].distance
                    least = min(least, within + states[Int(call.target)].distance)
                }
                if least < state.distance {
                    states[index].distance = least
                    changed = true
                }
            }
        }
    }

    /// Marks states from which only the rule's end can follow: a call before them needs no place to return to.
    mutating func markEnds() {
        for index in states.indices.reversed() {
            var seen: Set<Int32> = []
            var work = [Int32(index)]
            var onlyEnds = true
            while let state = work.popLast(), onlyEnds {
                let next = states[Int(state)]
                onlyEnds = next.edges.isEmpty && next.calls.isEmpty
                for target in next.empty where seen.insert(target).inserted { work.append(target) }
            }
            states[index].onlyEnds = onlyEnds
        }
    }
}
