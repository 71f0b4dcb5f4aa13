/// One layer of a transformer, as its graph shows it: no family says what its layers are.
///
/// A *cut* is a value that everything behind it depends on alone: the residual stream between two sublayers, or a norm's
/// result where norms follow the sums. Layers are told apart by the numbers in their weights' names (`blk.3.attn_q`), and
/// where layers share weights, by their attention.
package struct LayerOutline: Sendable {
    /// What a term of a residual sum comes from.
    package enum Source: String, Sendable {
        case attention
        case crossAttention = "cross-attention"
        case mixer
        case feedForward = "feed-forward"
    }

    /// A term of a residual sum: what a sublayer adds to the stream.
    package struct Term: Sendable {
        package let node: Node
        package let source: Source
        /// Of an attention, its result before the output projection.
        package let attended: Node?
    }

    /// The stream before the layer and behind it: `[tokens, hiddenSize]`.
    package let input: Node
    package let output: Node
    /// Its attentions, cross-attention last.
    package let attentions: [Operation.Attention]
    package let terms: [Term]
    package let routings: [Routing]
    /// Whether `output` is the sum of `input` and the terms.
    package let isSum: Bool
}

extension Graph {
    /// The layers up to ``finalStates``, in order; empty where they cannot be told apart. Several streams that layers hand on
    /// side by side are one value.
    package var layers: [LayerOutline] { LayerFinder(self).layers }

    /// The names of an operation's weights.
    package func weightNames(of operation: Operation) -> [String] {
        if let product = operation.product { return terms[product.terms].map { name(of: $0.weights) } }
        return switch operation {
        case .norm(let norm): norm.weight.map { [name(of: $0)] } ?? []
        case .routedProduct(let routed):
            [routed.gate, routed.weights].compactMap { $0 }.map { name(of: $0.weights) }
        case .embedding(let embedding): [name(of: embedding.table)]
        case .headProduct(let product): [name(of: product.weights)]
        default: []
        }
    }
}

/// Finds cuts by one walk in the order of the operations, and joins what is between them to layers.
private struct LayerFinder {
    private let graph: Graph
    private let writer: [Int?]
    /// Operations on a way from the tokens to the states.
    private var isOnWay: [Bool]

    init(_ graph: Graph) {
        self.graph = graph
        writer = Uses(graph).writer
        isOnWay = [Bool](repeating: false, count: graph.operations.count)
        markWay()
    }

    private func writer(of node: Node) -> Int? { writer[graph.whole(node).index] }

    private mutating func markWay() {
        guard let states = graph.finalStates else { return }
        var isFed = [Bool](repeating: false, count: graph.values.count)
        var comesFromTokens = isOnWay
        for (index, operation) in graph.operations.enumerated() {
            let begins =
                switch operation {
                case .embedding(let embedding): embedding.index == .tokens
                case .input: true
                default: false
                }
            guard begins || operation.reads(graph).contains(where: { isFed[graph.whole($0).index] }) else { continue }
            comesFromTokens[index] = true
            for node in operation.writes(graph) { isFed[node.index] = true }
        }
        var isNeeded = [Bool](repeating: false, count: graph.values.count)
        isNeeded[graph.whole(states).index] = true
        for index in graph.operations.indices.reversed() {
            let operation = graph.operations[index]
            guard operation.writes(graph).contains(where: { isNeeded[$0.index] }) else { continue }
            for node in operation.reads(graph) { isNeeded[graph.whole(node).index] = true }
            isOnWay[index] = comesFromTokens[index]
        }
    }

    /// Operations from behind one cut to the next, and that cut.
    private struct Section {
        let operations: Range<Int>
        let cut: Node
    }

    /// For each operation, the number in the names of its weights, or of the last weights before it.
    private var numbers: [Int?] {
        var found: [Int?] = []
        for operation in graph.operations { found.append(number(of: operation) ?? found.last ?? nil) }
        return found
    }

    /// Values that stay open beside the stream which each layer hands on to the next: those that layers read a part of each,
    /// such as per-layer embeddings, and those that are read two layers further on, such as the first layer's for all others.
    private var sideInputs: Set<Node> {
        let numbers = numbers
        let first = numbers.firstIndex { $0 != nil } ?? 0
        var found: Set<Node> = []
        var readers: [Node: Set<Int>] = [:]
        for (index, operation) in graph.operations.enumerated() {
            guard let layer = numbers[index] else { continue }
            for node in operation.reads(graph) {
                let whole = graph.whole(node)
                guard let place = writer[whole.index] else { continue }
                if whole != node, place < first { readers[whole, default: []].insert(layer) }
                if let written = numbers[place], layer > written + 1 { found.insert(whole) }
            }
        }
        return found.union(readers.filter { $0.value.count > 1 }.keys)
    }

    private var sections: [Section] {
        var lastUse: [Node: Int] = [:]
        for index in graph.operations.indices where isOnWay[index] {
            for node in graph.operations[index].reads(graph) { lastUse[graph.whole(node)] = index }
        }
        if let states = graph.finalStates { lastUse[graph.whole(states)] = graph.operations.count }
        let sideInputs = sideInputs
        var open: Set<Node> = []
        var found: [Section] = []
        var first = 0
        for index in graph.operations.indices where isOnWay[index] {
            open.formUnion(graph.operations[index].writes(graph))
            open = open.filter { (lastUse[$0] ?? -1) > index && !sideInputs.contains($0) }
            guard open.count == 1, let cut = open.first, writer[cut.index] == index else { continue }
            found.append(Section(operations: first..<index + 1, cut: cut))
            first = index + 1
        }
        return found
    }

    /// The number in the names of a section's weights.
    private func number(_ section: Section) -> Int? {
        for operation in graph.operations[section.operations] {
            if let number = number(of: operation) { return number }
        }
        return nil
    }

    private func number(of operation: Operation) -> Int? {
        for name in graph.weightNames(of: operation) {
            let parts = name.split(separator: ".")
            guard let place = parts.firstIndex(of: "blk"), place + 1 < parts.count else { continue }
            if let number = Int(parts[place + 1]) { return number }
        }
        return nil
    }

    private func mixes(_ operation: Operation) -> Bool {
        switch operation {
        case .attention(let attention): !attention.isCross
        case .selectiveScan, .headScan, .causalConvolution, .gatedDeltaRule, .wkv, .tokenShift: true
        default: false
        }
    }

    private func multiplies(_ operation: Operation) -> Bool {
        if case .routedProduct = operation { true } else { operation.product != nil }
    }

    var layers: [LayerOutline] {
        let sections = sections
        var groups: [Range<Int>] = []
        var current: Int?
        // Whether a feed-forward followed the group's attention: another one then begins a layer.
        var (hasMixed, hasFed) = (false, false)
        for (place, section) in sections.enumerated() {
            let operations = graph.operations[section.operations]
            let isMixer = operations.contains(where: mixes)
            let number = number(section)
            let isNew = number != nil && (number != current || (isMixer && hasFed))
            if isNew, place > 0 {
                groups.append(place..<place + 1)
                (current, hasMixed, hasFed) = (number, false, false)
            } else if let last = groups.last {
                groups[groups.count - 1] = last.lowerBound..<place + 1
            }
            if isMixer { hasMixed = true }
            if !isMixer, hasMixed, operations.contains(where: multiplies) { hasFed = true }
        }
        func shape(_ place: Int) -> Shape { graph.shape(of: sections[place].cut) }
        // What joins several streams behind the last layer is none of it.
        while let last = groups.last, last.count > 1, shape(last.upperBound - 1) != shape(last.lowerBound - 1) {
            groups[groups.count - 1] = last.dropLast()
        }
        let streams = groups.flatMap { [sections[$0.lowerBound - 1].cut, sections[$0.upperBound - 1].cut] }
        // Where the stream changes its width, layers have no common measure.
        guard Set(streams.map { graph.shape(of: $0) }).count == 1, let last = streams.last, leadsToStates(last) else {
            return []
        }
        return groups.map { outline(Array(sections[$0]), input: sections[$0.lowerBound - 1].cut) }
    }

    /// Whether a value is what the head reads, or all that it depends on, as several streams are that are then joined.
    private func leadsToStates(_ node: Node) -> Bool {
        guard let states = graph.finalStates else { return false }
        return node == states || graph.part(from: node, to: states) != nil
    }

    private func outline(_ sections: [Section], input: Node) -> LayerOutline {
        let first = sections[0].operations.lowerBound
        let range = first..<sections[sections.count - 1].operations.upperBound
        let cuts = Set([input] + sections.map(\.cut))
        var terms: [LayerOutline.Term] = []
        var seen: Set<Node> = []
        for section in sections {
            for node in addends(of: section.cut, cuts) where !cuts.contains(node) && seen.insert(node).inserted {
                terms.append(term(node, cuts))
            }
        }
        var attentions: [Operation.Attention] = []
        var routings: [Routing] = []
        for operation in graph.operations[range] {
            if case .attention(let attention) = operation { attentions.append(attention) }
            if case .route(let route) = operation { routings.append(route.routing) }
        }
        let output = sections[sections.count - 1].cut
        let all = allAddends(of: output, until: input)
        return LayerOutline(
            input: input, output: output, attentions: attentions.filter { !$0.isCross } + attentions.filter(\.isCross),
            terms: terms, routings: routings,
            isSum: all.count(where: { $0 == input }) == 1
                && all.allSatisfy { node in node == input || terms.contains { $0.node == node } })
    }

    private func sum(_ node: Node) -> Operation.Add? {
        if let index = writer(of: node), graph.values[node.index].slice == nil,
            case .add(let add) = graph.operations[index]
        {
            add
        } else {
            nil
        }
    }

    /// The terms of a sum, of sums within it, too, but for those that are a cut.
    private func addends(of node: Node, _ cuts: Set<Node>) -> [Node] {
        guard let add = sum(node) else { return [] }
        return [add.a, add.b].flatMap { part in
            cuts.contains(part) || sum(part) == nil ? [part] : addends(of: part, cuts)
        }
    }

    private func allAddends(of node: Node, until input: Node) -> [Node] {
        guard node != input, let add = sum(node) else { return [node] }
        return allAddends(of: add.a, until: input) + allAddends(of: add.b, until: input)
    }

    /// What a term comes from: the attention on its way from the last cut, if there is one.
    private func term(_ node: Node, _ cuts: Set<Node>) -> LayerOutline.Term {
        var source = LayerOutline.Source.feedForward
        var attended: Node?
        var pending = [node]
        var seen: Set<Node> = []
        while let next = pending.popLast() {
            guard seen.insert(next).inserted, !cuts.contains(next), let index = writer(of: next) else { continue }
            let operation = graph.operations[index]
            if case .attention(let attention) = operation {
                source = attention.isCross ? .crossAttention : .attention
                attended = attention.out
                continue
            }
            if mixes(operation), attended == nil { source = .mixer }
            pending += operation.reads(graph).map(graph.whole)
        }
        return LayerOutline.Term(node: node, source: source, attended: attended)
    }
}
