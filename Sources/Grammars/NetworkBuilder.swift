/// Makes the states of a grammar (Thompson 1968, for each rule), and finds what would keep a matcher from ending.
struct NetworkBuilder {
    var states: [Grammar.State] = []
    /// The first state of each rule, named ones first.
    private(set) var starts: [Int32]
    /// The rules' names. A rule without a name of its own has that of the rule that it is part of.
    private(set) var names: [String]
    private var current = 0
    /// Expressions added so far, counted since a repetition of nothing adds no state.
    private var work = 0
    private(set) var loops: [Grammar.Loop] = []
    /// Repetitions of more states than this are counted.
    private let unrolledLimit: Int
    /// More times than any text has. A repetition that needs more has no text; one that may come more often has no end.
    private static let countLimit = 1_000_000_000

    /// Rules of characters that many places share.
    var characterRules: [CharacterSet: Int32] = [:]

    init(_ names: [String], unrolledLimit: Int) {
        self.unrolledLimit = unrolledLimit
        self.names = names
        starts = Array(repeating: -1, count: names.count)
    }

    mutating func addRule(_ index: Int, _ expression: Expression) throws(GrammarError) {
        current = index
        let start = try addState()
        starts[index] = start
        let end = try add(expression, from: start)
        states[Int(end)].ends = true
    }

    mutating func addState() throws(GrammarError) -> Int32 {
        guard states.count < Grammar.stateLimit else { throw .tooLarge }
        states.append(Grammar.State())
        return Int32(states.count - 1)
    }

    /// Makes a rule without a name.
    mutating func addHiddenRule(start: Int32) -> Int32 {
        names.append(names[current])
        starts.append(start)
        return Int32(starts.count - 1)
    }

    /// Adds what leads from a state through the expression; returns the state that it leads to.
    mutating func add(_ expression: Expression, from start: Int32) throws(GrammarError) -> Int32 {
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
            try addCharacters(CharacterSet(ranges: ranges, quoted: false), from: start, to: end)
            state = end
        case .text(let automaton, let quoted): state = try add(automaton, quoted: quoted, from: start)
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

    private mutating func add(
        _ automaton: TextAutomaton, quoted: Bool, from start: Int32
    ) throws(GrammarError) -> Int32 {
        let first = Int32(states.count)
        for _ in automaton.states { _ = try addState() }
        let end = try addState()
        states[Int(start)].empty.append(first)
        for (index, state) in automaton.states.enumerated() {
            let from = first + Int32(index)
            if state.accepts { states[Int(from)].empty.append(end) }
            var targets: [Int32] = []
            var ranges: [Int32: [ClosedRange<UInt32>]] = [:]
            for edge in state.edges {
                if ranges[edge.target] == nil { targets.append(edge.target) }
                ranges[edge.target, default: []].append(edge.range)
            }
            for target in targets {
                let set = CharacterSet(ranges: ranges[target, default: []], quoted: quoted)
                try addCharacters(set, from: from, to: first + target)
            }
        }
        return end
    }

    private mutating func addRepetition(
        of item: Expression, _ low: Int, _ high: Int?, from start: Int32
    ) throws(GrammarError) -> Int32 {
        let times = max(low, high ?? low)
        // A loop without counts takes the item once.
        let isCounted = low > 1 || high != nil
        if isCounted, times > unrolledLimit || item.stateCount(atMost: unrolledLimit + 1) * times > unrolledLimit {
            return try addLoop(of: item, low, high, from: start)
        }
        var state = start
        for _ in 0..<low { state = try add(item, from: state) }
        guard let high else {
            let loop = try addState()
            states[Int(state)].empty.append(loop)
            let last = try add(item, from: loop)
            states[Int(last)].empty.append(loop)
            let end = try addState()
            states[Int(loop)].empty.append(end)
            return end
        }
        let end = try addState()
        for _ in low..<high {
            states[Int(state)].empty.append(end)
            let first = try addState()
            states[Int(state)].empty.append(first)
            state = try add(item, from: first)
        }
        states[Int(state)].empty.append(end)
        return end
    }

    /// A repetition that is counted: what is repeated is a rule.
    private mutating func addLoop(
        of item: Expression, _ low: Int, _ high: Int?, from start: Int32
    ) throws(GrammarError) -> Int32 {
        guard low <= Self.countLimit else { throw .tooLarge }
        let first = try addState()
        let last = try add(item, from: first)
        states[Int(last)].ends = true
        let end = try addState()
        loops.append(.init(start: first, min: low, max: high.flatMap { $0 > Self.countLimit ? nil : $0 }))
        let call = Grammar.Call(rule: addHiddenRule(start: first), target: end, loop: Int32(loops.count - 1))
        states[Int(start)].calls.append(call)
        return end
    }

    /// Notes which repetitions are of what may be empty. After the distances are known.
    mutating func markEmptyLoops() {
        for index in loops.indices where states[Int(loops[index].start)].distance == 0 {
            loops[index].min = 0
            loops[index].mayBeEmpty = true
        }
    }
}
