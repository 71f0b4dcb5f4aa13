/// Follows a text through a grammar, byte by byte.
///
/// What may come next is a set of places, each a state with the states to return to when rules end. Sets that were met
/// before are numbered, and the way from one to the next by a byte is remembered: a deterministic automaton that grows as
/// it is needed, and is thrown away when it has become too large.
struct GrammarMatcher {
    /// A set of places, by number.
    typealias Position = Int32

    /// No text goes on from here.
    static let dead: Position = -1

    private static let unknown: Position = -2
    /// Positions that are kept from one token to the next. Each takes 1 KB and what its places need.
    private static let positionLimit = 8_192
    /// Positions and places that there may be at all: what one token's mask may take of the memory.
    private static let greatestPositionCount = 131_072
    private static let greatestPlaceCount = 4_000_000
    /// Places of one position.
    private static let greatestSetCount = 400_000

    let grammar: Grammar
    private var stacks = ReturnStacks()
    private var sets: [[Place]] = []
    private var numbers: [[Place]: Position] = [:]
    private var steps: [Position] = []  // [position, byte]
    private var distances: [Int] = []
    /// Places of all positions.
    private var placeCount = 0
    /// Counts how often positions were forgotten: numbers from before are not valid after.
    private(set) var generation = 0

    /// A state and, innermost first, where to go on when its rule ends.
    struct Place: Hashable, Comparable {
        var state: Int32
        var stack: Int32

        static func < (a: Place, b: Place) -> Bool { (a.state, a.stack) < (b.state, b.stack) }
    }

    init(_ grammar: Grammar) {
        self.grammar = grammar
    }

    /// Where every text begins.
    ///
    /// - Throws: ``GrammarError/ambiguous``.
    mutating func start() throws(GrammarError) -> Position {
        try number(closure([Place(state: grammar.starts[Int(grammar.root)], stack: ReturnStacks.empty)]))
    }

    /// Whether the text may end here.
    func accepts(_ position: Position) -> Bool {
        sets[Int(position)].contains { $0.stack == ReturnStacks.empty && grammar.states[Int($0.state)].ends }
    }

    /// The least number of bytes to where the text may end.
    func distance(_ position: Position) -> Int { distances[Int(position)] }

    /// Where a byte leads, ``dead`` if nowhere.
    ///
    /// - Throws: ``GrammarError/ambiguous``.
    mutating func next(_ position: Position, _ byte: UInt8) throws(GrammarError) -> Position {
        let index = Int(position) << 8 | Int(byte)
        let known = steps[index]
        if known != Self.unknown { return known }
        var places: [Place] = []
        for place in sets[Int(position)] {
            for edge in grammar.states[Int(place.state)].edges where edge.bytes.contains(byte) {
                places.append(Place(state: edge.target, stack: place.stack))
            }
        }
        let result = places.isEmpty ? Self.dead : try number(closure(places))
        steps[index] = result
        return result
    }

    /// Forgets all positions but one, if there are too many. Returns that one's number from then on.
    mutating func trim(keeping position: Position) throws(GrammarError) -> Position {
        guard sets.count > Self.positionLimit else { return position }
        let kept = sets[Int(position)]
        sets = []
        numbers = [:]
        steps = []
        distances = []
        placeCount = 0
        generation += 1
        return try number(stacks.compact(kept))
    }

    /// The places that need a byte, or at which the text may end, that can be reached without one.
    private mutating func closure(_ places: [Place]) throws(GrammarError) -> [Place] {
        var seen = Set(places)
        var work = places
        var result: [Place] = []
        while let place = work.popLast() {
            guard seen.count <= Self.greatestSetCount else { throw .ambiguous }
            let state = grammar.states[Int(place.state)]
            if !state.edges.isEmpty || (state.ends && place.stack == ReturnStacks.empty) { result.append(place) }
            var next = state.empty.map { Place(state: $0, stack: place.stack) }
            for call in state.calls {
                let returns = grammar.states[Int(call.target)].onlyEnds
                let stack = returns ? place.stack : stacks.push(call.target, on: place.stack, grammar)
                next.append(Place(state: grammar.starts[Int(call.rule)], stack: stack))
            }
            if state.ends, place.stack != ReturnStacks.empty {
                let top = stacks[place.stack]
                next.append(Place(state: top.state, stack: top.below))
            }
            for place in next where seen.insert(place).inserted { work.append(place) }
        }
        return result.sorted()
    }

    private mutating func number(_ places: [Place]) throws(GrammarError) -> Position {
        if let known = numbers[places] { return known }
        placeCount += places.count
        guard sets.count < Self.greatestPositionCount, placeCount <= Self.greatestPlaceCount else { throw .ambiguous }
        let position = Position(sets.count)
        sets.append(places)
        numbers[places] = position
        steps.append(contentsOf: repeatElement(Self.unknown, count: 256))
        let least = places.map { grammar.states[Int($0.state)].distance + stacks.distance($0.stack) }.min()
        distances.append(least ?? Grammar.unreachable)
        return position
    }
}

/// Stacks of states to return to. Equal stacks have equal numbers.
struct ReturnStacks {
    static let empty: Int32 = -1

    struct Entry: Hashable {
        var state: Int32
        var below: Int32
    }

    private var entries: [Entry] = []
    private var distances: [Int] = []
    private var numbers: [Entry: Int32] = [:]

    subscript(stack: Int32) -> Entry { entries[Int(stack)] }

    /// The least number of bytes to the end of all its rules.
    func distance(_ stack: Int32) -> Int { stack == Self.empty ? 0 : distances[Int(stack)] }

    mutating func push(_ state: Int32, on below: Int32, _ grammar: Grammar) -> Int32 {
        push(Entry(state: state, below: below), grammar.states[Int(state)].distance + distance(below))
    }

    private mutating func push(_ entry: Entry, _ distance: Int) -> Int32 {
        if let known = numbers[entry] { return known }
        entries.append(entry)
        distances.append(distance)
        numbers[entry] = Int32(entries.count - 1)
        return Int32(entries.count - 1)
    }

    /// Forgets all stacks but those of some places; returns the places with their stacks' new numbers.
    mutating func compact(_ places: [GrammarMatcher.Place]) -> [GrammarMatcher.Place] {
        let old = self
        self = ReturnStacks()
        var renamed: [Int32: Int32] = [Self.empty: Self.empty]
        var result: [GrammarMatcher.Place] = []
        for place in places {
            var path: [Int32] = []
            var stack = place.stack
            while renamed[stack] == nil {
                path.append(stack)
                stack = old[stack].below
            }
            var below = renamed[stack, default: Self.empty]
            for stack in path.reversed() {
                below = push(Entry(state: old[stack].state, below: below), old.distance(stack))
                renamed[stack] = below
            }
            result.append(GrammarMatcher.Place(state: place.state, stack: below))
        }
        return result.sorted()
    }
}
