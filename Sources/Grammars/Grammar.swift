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
    }

    /// What may come next in a rule.
    struct State {
        var edges: [Edge] = []
        var calls: [Call] = []
        var empty: [Int32] = []
        /// The rule may end here.
        var ends = false
        /// Nothing but the end of the rule follows.
        var onlyEnds = false
        /// The least number of bytes from here to the end of the rule.
        var distance = Grammar.unreachable
    }

    static let unreachable = Int.max / 4

    let states: [State]
    /// The first state of each rule.
    let starts: [Int32]
    let root: Int32

    /// - Parameter gbnf: llama.cpp's notation; the text begins at the rule `root`.
    package init(gbnf: String) throws(GrammarError) {
        try self.init(GBNFParser.parse(gbnf))
    }

    init(_ rules: RuleSet) throws(GrammarError) {
        guard let root = rules.names.firstIndex(of: "root"), rules.rules[root] != nil else { throw .missingRoot }
        var network = NetworkBuilder(rules.names)
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
        network.markEnds()
        states = network.states
        starts = network.starts
        self.root = Int32(root)
    }
}
