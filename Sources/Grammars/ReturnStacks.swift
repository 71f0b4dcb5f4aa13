/// Stacks of what goes on when rules end. Equal stacks have equal numbers.
struct ReturnStacks {
    static let empty: Int32 = -1
    /// A counter that no text reaches, or none of the bytes that are looked at.
    static let many = Int32.max

    struct Entry: Hashable {
        /// Where to go on when the rule ends, or its repetitions do.
        var state: Int32
        var below: Int32
        /// The repetition, an index into ``Grammar/loops``; -1: the rule comes once.
        var loop: Int32 = -1
        /// How often the rule must come after this time, and how often it may.
        var needed: Int32 = 0
        var room: Int32 = 0
        /// No byte has come since this time began. Only in repetitions of what may be empty.
        var isFresh = false
    }

    private var entries: [Entry] = []
    private var distances: [Int] = []
    private var numbers: [Entry: Int32] = [:]
    /// By stack: the same one with no fresh entry.
    private var settled: [Int32] = []

    subscript(stack: Int32) -> Entry { entries[Int(stack)] }

    var count: Int { entries.count }

    /// The min number of bytes to the end of all its rules. Counters of ``many`` count as the whole repetition.
    func distance(_ stack: Int32) -> Int { stack == Self.empty ? 0 : distances[Int(stack)] }

    mutating func push(_ entry: Entry, _ grammar: Grammar) -> Int32 {
        if let known = numbers[entry] { return known }
        var own = grammar.states[Int(entry.state)].distance
        if entry.loop >= 0 {
            let loop = grammar.loops[Int(entry.loop)]
            let times = entry.needed == Self.many ? loop.min : Int(entry.needed)
            own += min(Grammar.unreachable, saturatingProduct(times, grammar.states[Int(loop.start)].distance))
        }
        let number = Int32(entries.count)
        let isSettled = !entry.isFresh && (entry.below == Self.empty || settled[Int(entry.below)] == entry.below)
        entries.append(entry)
        distances.append(min(own + distance(entry.below), Grammar.unreachable))
        settled.append(isSettled ? number : Self.unknown)
        numbers[entry] = number
        return number
    }

    private static let unknown: Int32 = -2

    /// The stack once a byte has come.
    mutating func settle(_ stack: Int32, _ grammar: Grammar) -> Int32 {
        var path: [Int32] = []
        var below = stack
        while below != Self.empty, settled[Int(below)] == Self.unknown {
            path.append(below)
            below = entries[Int(below)].below
        }
        if below != Self.empty { below = settled[Int(below)] }
        for stack in path.reversed() {
            var entry = entries[Int(stack)]
            entry.below = below
            entry.isFresh = false
            below = push(entry, grammar)
            settled[Int(stack)] = below
        }
        return below
    }
}

/// Stacks of one matcher as those of another.
struct StackTranslation {
    private var numbers: [Int32: Int32] = [ReturnStacks.empty: ReturnStacks.empty]

    /// - Parameter clip: counters from this on become ``ReturnStacks/many``.
    mutating func translate(
        _ stack: Int32, of source: borrowing ReturnStacks, to target: inout ReturnStacks, clip: Int32,
        _ grammar: Grammar
    ) -> Int32 {
        if let known = numbers[stack] { return known }
        var path: [Int32] = []
        var below = stack
        while numbers[below] == nil {
            path.append(below)
            below = source[below].below
        }
        var result = numbers[below, default: ReturnStacks.empty]
        for stack in path.reversed() {
            var entry = source[stack]
            entry.below = result
            if entry.needed >= clip { entry.needed = ReturnStacks.many }
            if entry.room >= clip { entry.room = ReturnStacks.many }
            result = target.push(entry, grammar)
            numbers[stack] = result
        }
        return result
    }
}

/// The product, and ``Grammar/unreachable`` at most.
func saturatingProduct(_ a: Int, _ b: Int) -> Int {
    let (product, isFar) = a.multipliedReportingOverflow(by: b)
    return isFar ? Grammar.unreachable : min(product, Grammar.unreachable)
}
