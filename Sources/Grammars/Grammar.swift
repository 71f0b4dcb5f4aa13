/// A compiled grammar: a network of states over bytes for each rule, in which a rule may call others.
///
/// Immutable, and shared by any number of ``GrammarMatcher``s.
package struct Grammar: Sendable {
    package static let stateLimit = 200_000

    struct Edge: Hashable {
        var bytes: ClosedRange<UInt8>
        var target: Int32
    }

    struct Call: Hashable {
        var rule: Int32
        var target: Int32
        /// How often the rule comes, by index into ``loops``; -1: once.
        var loop: Int32 = -1
    }

    /// A repetition that is counted while a text is followed, instead of by states.
    struct Loop: Sendable {
        /// The first state of what is repeated.
        var start: Int32
        var min: Int
        /// nil: without end.
        var max: Int?
        /// Whether the repeated rule may be empty. `min` is 0 then.
        var mayBeEmpty = false
    }

    /// A state of a rule's automaton.
    struct State {
        var edges: [Edge] = []
        var calls: [Call] = []
        var empty: [Int32] = []
        /// The rule may end here.
        var ends = false
        /// Nothing but the end of the rule follows.
        var onlyEnds = false
        /// The min number of bytes from here to the end of the rule.
        var distance = Grammar.unreachable
    }

    static let unreachable = Int.max / 4

    let states: [State]
    /// How large it is.
    package var stateCount: Int { states.count }
    /// The first state of each rule.
    let starts: [Int32]
    let root: Int32
    let loops: [Loop]
    let hasEmptyLoops: Bool

    /// Repetitions of more states than this are counted.
    package static let unrolledLimit = 64

    /// - Parameters:
    ///   - gbnf: llama.cpp's notation; the text begins at the rule `root`.
    ///   - unrolledLimit: repetitions of more states are counted while a text is followed, others are written out.
    package init(gbnf: String, unrolledLimit: Int = Self.unrolledLimit) throws(GrammarError) {
        try self.init(GBNFParser.parse(gbnf), unrolledLimit: unrolledLimit)
    }

    init(_ rules: RuleSet, unrolledLimit: Int = Self.unrolledLimit) throws(GrammarError) {
        guard let root = rules.names.firstIndex(of: "root"), rules.rules[root] != nil else { throw .missingRoot }
        var network = NetworkBuilder(rules.names, unrolledLimit: unrolledLimit)
        for (index, rule) in rules.rules.enumerated() {
            guard let rule else { throw .undefinedRule(rules.names[index]) }
            try network.addRule(index, rule)
        }
        network.measureDistances()
        try network.refuseLeftRecursion()
        for (name, start) in zip(network.names, network.starts)
        where network.states[Int(start)].distance >= Grammar.unreachable {
            throw .endless(name)
        }
        network.markEmptyLoops()
        network.markEnds()
        states = network.states
        starts = network.starts
        loops = network.loops
        hasEmptyLoops = loops.contains(where: \.mayBeEmpty)
        self.root = Int32(root)
    }
}
