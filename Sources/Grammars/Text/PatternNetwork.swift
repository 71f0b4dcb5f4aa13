/// A nondeterministic automaton of a pattern (Thompson 1968), and the deterministic one that it becomes.
struct PatternNetwork {
    private struct State {
        /// By index into `classes`; where one of its characters leads.
        var step: (characters: Int, target: Int32)?
        var empty: [Int32] = []
        /// Only where nothing has come yet.
        var atStart: [Int32] = []
        /// Only where nothing comes any more.
        var atEnd: [Int32] = []
    }

    private static let stateLimit = 50_000
    /// States of the deterministic automaton: hostile patterns have twice as many with each character.
    private static let subsetLimit = 20_000
    /// Steps of the construction, a bound of its time.
    private static let workLimit = 20_000_000

    private var states: [State] = []
    private var classes: [[ClosedRange<UInt32>]] = []
    private var classNumbers: [[ClosedRange<UInt32>]: Int] = [:]
    private var work = 0

    /// The texts that the pattern is found in.
    ///
    /// - Throws: ``GrammarError/tooLarge``.
    static func automaton(_ tree: PatternTree) throws(GrammarError) -> TextAutomaton {
        var network = PatternNetwork()
        // Anything may come before the pattern and after it.
        let start = try network.addState()
        try network.addStep(TextAutomaton.anyCharacter, from: start, to: start)
        let end = try network.add(tree, from: start)
        try network.addStep(TextAutomaton.anyCharacter, from: end, to: end)
        return try network.determinized(from: start, to: end).minimized()
    }

    // MARK: States

    private mutating func addState() throws(GrammarError) -> Int32 {
        guard states.count < Self.stateLimit else { throw .tooLarge }
        states.append(State())
        return Int32(states.count - 1)
    }

    private mutating func addStep(
        _ ranges: [ClosedRange<UInt32>], from start: Int32, to end: Int32
    ) throws(GrammarError) {
        var from = start
        if states[Int(start)].step != nil {
            from = try addState()
            states[Int(start)].empty.append(from)
        }
        let number = classNumbers[ranges] ?? classes.count
        if number == classes.count {
            classes.append(ranges)
            classNumbers[ranges] = number
        }
        states[Int(from)].step = (number, end)
    }

    private mutating func spend(_ amount: Int) throws(GrammarError) {
        work += amount
        guard work <= Self.workLimit else { throw .tooLarge }
    }

    /// Adds what leads from a state through the pattern; returns the state that it leads to.
    private mutating func add(_ tree: PatternTree, from start: Int32) throws(GrammarError) -> Int32 {
        try spend(1)
        switch tree {
        case .characters(let ranges):
            let end = try addState()
            if !ranges.isEmpty { try addStep(ranges, from: start, to: end) }
            return end
        case .sequence(let items):
            var state = start
            for item in items { state = try add(item, from: state) }
            return state
        case .choice(let alternatives):
            let end = try addState()
            for alternative in alternatives {
                let first = try addState()
                states[Int(start)].empty.append(first)
                let last = try add(alternative, from: first)
                states[Int(last)].empty.append(end)
            }
            return end
        case .repetition(let item, let low, let high): return try addRepetition(of: item, low, high, from: start)
        case .start:
            let end = try addState()
            states[Int(start)].atStart.append(end)
            return end
        case .end:
            let end = try addState()
            states[Int(start)].atEnd.append(end)
            return end
        case .lookahead: throw .tooLarge
        }
    }

    private mutating func addRepetition(
        of item: PatternTree, _ low: Int, _ high: Int?, from start: Int32
    ) throws(GrammarError) -> Int32 {
        var state = start
        for _ in 0..<low { state = try add(item, from: state) }
        let end = try addState()
        guard let high else {
            let loop = try addState()
            states[Int(state)].empty += [loop, end]
            let last = try add(item, from: loop)
            states[Int(last)].empty += [loop, end]
            return end
        }
        for _ in low..<high {
            let first = try addState()
            states[Int(state)].empty += [end, first]
            state = try add(item, from: first)
        }
        states[Int(state)].empty.append(end)
        return end
    }

    // MARK: Subsets

    /// The states that take a character, and whether a text may end there.
    private struct Subset: Hashable {
        var states: [Int32]
        var accepts: Bool
    }

    private mutating func determinized(from start: Int32, to end: Int32) throws(GrammarError) -> TextAutomaton {
        let alphabet = try PatternAlphabet(classes)
        var numbers: [Subset: Int32] = [:]
        var found: [Subset] = []
        func number(_ subset: Subset) throws(GrammarError) -> Int32 {
            if let known = numbers[subset] { return known }
            guard found.count < Self.subsetLimit else { throw .tooLarge }
            numbers[subset] = Int32(found.count)
            found.append(subset)
            return Int32(found.count - 1)
        }
        // The start is not the same as a later place with the same states: `^` holds there alone.
        let first = try closure([start], atStart: true, end: end)
        found.append(first)
        var result: [TextAutomaton.State] = []
        while result.count < found.count {
            let subset = found[result.count]
            var targets: [Int: [Int32]] = [:]
            for state in subset.states {
                guard let step = states[Int(state)].step else { continue }
                let atoms = alphabet.atoms[step.characters]
                try spend(atoms.count)
                for atom in atoms { targets[atom, default: []].append(step.target) }
            }
            var byTargets: [[Int32]: Int32] = [:]
            var edges: [TextAutomaton.Edge] = []
            for (atom, targets) in targets {
                if byTargets[targets] == nil {
                    byTargets[targets] = try number(try closure(targets, atStart: false, end: end))
                }
                guard let target = byTargets[targets] else { continue }
                try spend(alphabet.ranges[atom].count)
                edges += alphabet.ranges[atom].map { TextAutomaton.Edge(range: $0, target: target) }
            }
            edges.sort { $0.range.lowerBound < $1.range.lowerBound }
            var state = TextAutomaton.State(accepts: subset.accepts)
            for edge in edges { state.append(edge) }
            result.append(state)
        }
        return TextAutomaton(states: result).trimmed()
    }

    private mutating func closure(
        _ starts: [Int32], atStart: Bool, end: Int32
    ) throws(GrammarError) -> Subset {
        var seen = Set(starts)
        var work = starts
        var kept: [Int32] = []
        var ends: [Int32] = []
        while let state = work.popLast() {
            try spend(1)
            // Once the pattern is found, anything may follow.
            if state == end { return Subset(states: [end], accepts: true) }
            let current = states[Int(state)]
            if current.step != nil { kept.append(state) }
            if !current.atEnd.isEmpty { ends.append(state) }
            for next in current.empty + (atStart ? current.atStart : []) where seen.insert(next).inserted {
                work.append(next)
            }
        }
        // States that are reachable at the end of the text.
        work = ends.flatMap { states[Int($0)].atEnd }
        seen = Set(work)
        var accepts = false
        while let state = work.popLast(), !accepts {
            try spend(1)
            if state == end { accepts = true }
            let current = states[Int(state)]
            let next = current.empty + current.atEnd + (atStart ? current.atStart : [])
            for next in next where seen.insert(next).inserted { work.append(next) }
        }
        return Subset(states: kept.sorted(), accepts: accepts)
    }
}

/// The characters of a pattern, divided into sets that no class tells apart.
private struct PatternAlphabet {
    /// By atom.
    private(set) var ranges: [[ClosedRange<UInt32>]] = []
    /// By class.
    private(set) var atoms: [[Int]]

    init(_ classes: [[ClosedRange<UInt32>]]) throws(GrammarError) {
        atoms = Array(repeating: [], count: classes.count)
        // Where classes begin and end, in the order of the characters.
        var changes: [(at: UInt32, number: Int, begins: Bool)] = []
        for (number, ranges) in classes.enumerated() {
            for range in ranges {
                changes.append((range.lowerBound, number, true))
                changes.append((range.upperBound + 1, number, false))
            }
        }
        changes.sort { $0.at < $1.at }
        var open: Set<Int> = []
        var numbers: [Set<Int>: Int] = [:]
        var index = 0
        var work = 0
        while index < changes.count {
            let at = changes[index].at
            while index < changes.count, changes[index].at == at {
                if changes[index].begins {
                    open.insert(changes[index].number)
                } else {
                    open.remove(changes[index].number)
                }
                index += 1
            }
            guard !open.isEmpty, index < changes.count else { continue }
            work += open.count
            guard work < 5_000_000 else { throw .tooLarge }
            let atom = numbers[open] ?? ranges.count
            if atom == ranges.count {
                numbers[open] = atom
                ranges.append([])
                for number in open { atoms[number].append(atom) }
            }
            ranges[atom].append(at...changes[index].at - 1)
        }
    }
}
