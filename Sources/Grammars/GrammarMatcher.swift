/// Follows a text through a grammar, byte by byte.
///
/// The current state is a set of places, each a state with the states to return to when rules end. Sets that were met
/// before are numbered, and the way from one to the next by a byte is remembered: a deterministic automaton that grows as
/// it is needed, and is thrown away when it has become too large.
///
/// Repetitions are counted on the stacks. A matcher with a `clip` takes counters from there on as without end: it is right
/// for texts of fewer bytes, and places that differ in the count alone are then the same.
struct GrammarMatcher {
    /// A set of places, by number.
    typealias Position = Int32

    /// No text goes on from here.
    static let dead: Position = -1

    private static let unknown: Position = -2
    /// Positions and places that are kept from one token to the next. A position takes 1 KB and what its places need.
    private static let positionLimit = 8_192
    private static let keptPlaceLimit = 1_000_000
    /// Positions and places that there may be at all: what one token's mask may take of the memory.
    private static let maxPositionCount = 131_072
    private static let maxPlaceCount = 4_000_000
    /// Places of one position.
    private static let maxSetCount = 100_000
    private static let stackLimit = 2_000_000

    let grammar: Grammar
    let clip: Int32
    private var stacks = ReturnStacks()
    private var sets: [[Place]] = []
    private var numbers: [[Place]: Position] = [:]
    private var steps: [Position] = []  // [position, byte]
    private var distances: [Int] = []
    /// Places of all positions.
    private var placeCount = 0
    /// Counts how often positions were forgotten: numbers from before are not valid after.
    private(set) var generation = 0
    /// Stacks of the matcher that positions are adopted from, in that generation of it and this one.
    private var translation = (stacks: StackTranslation(), source: 0, own: 0)

    /// A state and, innermost first, where to go on when its rule ends.
    struct Place: Hashable, Comparable {
        var state: Int32
        var stack: Int32

        static func < (a: Place, b: Place) -> Bool { (a.state, a.stack) < (b.state, b.stack) }
    }

    init(_ grammar: Grammar, clip: Int = Int(ReturnStacks.many)) {
        self.grammar = grammar
        self.clip = Int32(clamping: clip)
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

    /// The min number of bytes to where the text may end.
    func distance(_ position: Position) -> Int { distances[Int(position)] }

    /// The number of bytes to the end from the place that is farthest from it.
    func maxDistance(_ position: Position) -> Int {
        sets[Int(position)].map { grammar.states[Int($0.state)].distance + stacks.distance($0.stack) }.max() ?? 0
    }

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
                let stack = grammar.hasEmptyLoops ? stacks.settle(place.stack, grammar) : place.stack
                places.append(Place(state: edge.target, stack: stack))
            }
        }
        let result = places.isEmpty ? Self.dead : try number(closure(places))
        steps[index] = result
        return result
    }

    /// Forgets all positions but one, if there are too many. Returns that one's number from then on.
    mutating func trim(keeping position: Position) throws(GrammarError) -> Position {
        guard sets.count > Self.positionLimit || placeCount > Self.keptPlaceLimit else { return position }
        let kept = sets[Int(position)]
        let old = stacks
        forget()
        var translation = StackTranslation()
        let places = kept.map { place in
            let stack = translation.translate(place.stack, of: old, to: &stacks, clip: clip, grammar)
            return Place(state: place.state, stack: stack)
        }
        return try number(places.sorted())
    }

    private mutating func forget() {
        stacks = ReturnStacks()
        sets = []
        numbers = [:]
        steps = []
        distances = []
        placeCount = 0
        generation += 1
    }

    /// The position of another matcher, its counters clipped. Forgets all others if there are too many.
    mutating func adopt(_ position: Position, of other: borrowing GrammarMatcher) throws(GrammarError) -> Position {
        if sets.count > Self.positionLimit || placeCount > Self.keptPlaceLimit { forget() }
        if translation.source != other.generation || translation.own != generation {
            translation = (StackTranslation(), other.generation, generation)
        }
        var places: Set<Place> = []
        for place in other.sets[Int(position)] {
            let stack = translation.stacks.translate(
                place.stack, of: other.stacks, to: &stacks, clip: clip, grammar)
            places.insert(Place(state: place.state, stack: stack))
        }
        return try number(withoutSmallerRoom(Array(places)))
    }

    /// The places that need a byte, or at which the text may end, that can be reached without one.
    private mutating func closure(_ places: [Place]) throws(GrammarError) -> [Place] {
        var seen = Set(places)
        var work = places
        var result: [Place] = []
        while let place = work.popLast() {
            guard seen.count <= Self.maxSetCount, stacks.count <= Self.stackLimit else { throw .ambiguous }
            let state = grammar.states[Int(place.state)]
            if !state.edges.isEmpty || (state.ends && place.stack == ReturnStacks.empty) { result.append(place) }
            var next = state.empty.map { Place(state: $0, stack: place.stack) }
            for call in state.calls {
                if call.loop < 0 {
                    next.append(enter(call, on: place.stack))
                } else {
                    let loop = grammar.loops[Int(call.loop)]
                    if loop.min == 0 { next.append(Place(state: call.target, stack: place.stack)) }
                    if loop.max != 0 { next.append(enter(loop, call, on: place.stack)) }
                }
            }
            if state.ends, place.stack != ReturnStacks.empty { next += leave(stacks[place.stack]) }
            for place in next where seen.insert(place).inserted { work.append(place) }
        }
        return withoutSmallerRoom(result)
    }

    private mutating func enter(_ call: Grammar.Call, on below: Int32) -> Place {
        // Where nothing but an end follows, the rule around ends as well.
        let isLast = grammar.states[Int(call.target)].onlyEnds
        let stack = isLast ? below : stacks.push(.init(state: call.target, below: below), grammar)
        return Place(state: grammar.starts[Int(call.rule)], stack: stack)
    }

    private mutating func enter(_ loop: Grammar.Loop, _ call: Grammar.Call, on below: Int32) -> Place {
        let entry = ReturnStacks.Entry(
            state: call.target, below: below, loop: call.loop, needed: clipped(max(0, loop.min - 1)),
            room: loop.max.map { clipped($0 - 1) } ?? ReturnStacks.many, isFresh: loop.mayBeEmpty)
        return Place(state: loop.start, stack: stacks.push(entry, grammar))
    }

    /// Where it goes on after the rule of a stack's uppermost entry.
    private mutating func leave(_ entry: ReturnStacks.Entry) -> [Place] {
        let after = Place(state: entry.state, stack: entry.below)
        guard entry.loop >= 0 else { return [after] }
        // A time without a byte would be possible without end, and leads to nothing new.
        guard !entry.isFresh else { return [] }
        var places = entry.needed == 0 ? [after] : []
        if entry.room > 0 {
            let loop = grammar.loops[Int(entry.loop)]
            var next = entry
            if next.needed > 0, next.needed != ReturnStacks.many { next.needed -= 1 }
            if next.room != ReturnStacks.many { next.room -= 1 }
            next.isFresh = loop.mayBeEmpty
            places.append(Place(state: loop.start, stack: stacks.push(next, grammar)))
        }
        return places
    }

    private func clipped(_ count: Int) -> Int32 { count >= Int(clip) ? ReturnStacks.many : Int32(count) }

    /// Sorted, without places that another one stands for: where a repetition may end, one with more room has every text
    /// of one with less.
    private func withoutSmallerRoom(_ places: [Place]) -> [Place] {
        guard places.count > 2, !grammar.loops.isEmpty else { return places.sorted() }
        struct Kind: Hashable {
            var state: Int32
            var entry: ReturnStacks.Entry
        }
        var best: [Kind: Place] = [:]
        var result: [Place] = []
        for place in places {
            guard place.stack != ReturnStacks.empty, stacks[place.stack].loop >= 0, stacks[place.stack].needed == 0
            else {
                result.append(place)
                continue
            }
            var kind = Kind(state: place.state, entry: stacks[place.stack])
            kind.entry.room = 0
            if let other = best[kind], stacks[other.stack].room >= stacks[place.stack].room { continue }
            best[kind] = place
        }
        return (result + best.values).sorted()
    }

    private mutating func number(_ places: [Place]) throws(GrammarError) -> Position {
        if let known = numbers[places] { return known }
        placeCount += places.count
        guard sets.count < Self.maxPositionCount, placeCount <= Self.maxPlaceCount else { throw .ambiguous }
        let position = Position(sets.count)
        sets.append(places)
        numbers[places] = position
        steps.append(contentsOf: repeatElement(Self.unknown, count: 256))
        let least = places.map { grammar.states[Int($0.state)].distance + stacks.distance($0.stack) }.min()
        distances.append(least ?? Grammar.unreachable)
        return position
    }
}
