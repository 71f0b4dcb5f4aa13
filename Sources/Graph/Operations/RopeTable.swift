package import Tensors

/// Rotary position embedding (arXiv:2104.09864).
package struct RoPE: Sendable {
    /// Elements of each head that are rotated; the rest pass.
    package let rotated: Int
    package let base: Double
    package let scaling: RopeScaling
    /// Divides each pair's frequency, `[rotated / 2]` (`rope_freqs.weight`).
    package let frequencyFactors: NamedVector?
    /// Pairs that turn by each of several positions, as those of an image have them (arXiv:2409.12191 §2.1). A token of
    /// text has one position for all, so its table is that of no sections.
    package let sections: [Int]?
    package let pairing: RoPEPairing

    package init(
        rotated: Int, base: Double, scaling: RopeScaling, frequencyFactors: NamedVector? = nil, sections: [Int]? = nil,
        pairing: RoPEPairing
    ) {
        self.rotated = rotated
        self.base = base
        self.scaling = scaling
        self.frequencyFactors = frequencyFactors
        self.sections = sections
        self.pairing = pairing
    }

    /// - Parameter factor: of linear scaling.
    package init(
        rotated: Int, base: Double, factor: Double = 1, frequencyFactors: NamedVector? = nil, pairing: RoPEPairing
    ) {
        self.init(
            rotated: rotated, base: base, scaling: .linear(factor: factor), frequencyFactors: frequencyFactors,
            pairing: pairing)
    }

    /// Radians a position for each pair, `[rotated / 2]`.
    ///
    /// - Parameter factors: further divisors, `[rotated / 2]`.
    package func frequencies(_ factors: NamedVector? = nil) -> [Double] {
        (0..<rotated / 2).map { pair in
            var frequency = Power.of(base, -2 * Double(pair) / Double(rotated))
            switch scaling {
            case .linear(let factor): frequency /= factor
            case .yarn(let yarn): frequency /= yarn.divisor(of: pair, rotated: rotated, base: base)
            case .longrope, .dynamicNTK: break
            }
            for factors in [frequencyFactors, factors] {
                if let factors { frequency /= Double(factors.vector[pair]) }
            }
            return frequency
        }
    }
}

extension Operation {
    /// Cosines and sines of every token's position times some of `Graph.frequencies`, all times `magnitude`:
    /// `[tokens, 2, count]`.
    package struct RopeTable: ResultPayload {
        /// How frequencies depend on a sequence's length.
        package enum Stretch: Sendable, BitwiseCopyable {
            case none
            /// Others of `Graph.frequencies`, from `first` on, beyond a length.
            case long(first: Int, beyond: Int, LongRope.Choice)
            /// A greater base beyond a length.
            case base(factor: Double, beyond: Int)
        }

        package let firstFrequency: Int
        package let count: Int
        package let magnitude: Double
        package let stretch: Stretch
        package let out: Node

        package var name: String { "rope table" }
        package var inputs: [Node] { [] }

        package func text(_ graph: Graph) -> String {
            let text = "rope table of \(count) pairs" + (magnitude == 1 ? "" : ", times \(magnitude)")
            switch stretch {
            case .none: return text
            case .long(_, let length, let choice): return text + ", others beyond a \(choice) of \(length)"
            case .base(let factor, let length): return text + ", a base greater by \(factor) beyond \(length)"
            }
        }
    }
}

extension GraphBuilder {
    /// The rotation of every token's position, to be shared by all layers: `[tokens, rotated]`.
    package mutating func ropeTable(_ rope: RoPE) throws(GraphError) -> Node {
        try check(rope)
        let pairs = rope.rotated / 2
        var magnitude = 1.0
        var stretch = Operation.RopeTable.Stretch.none
        let first: Int
        switch rope.scaling {
        case .longrope(let long):
            first = addFrequencies(rope.frequencies(long.short))
            let firstLong = addFrequencies(rope.frequencies(long.long))
            stretch = .long(first: firstLong, beyond: long.originalLength, long.choice)
            magnitude = long.attentionFactor
        case .dynamicNTK(let factor, let length):
            first = addFrequencies(rope.frequencies())
            stretch = .base(factor: factor, beyond: length)
        case .yarn(let yarn):
            first = addFrequencies(rope.frequencies())
            magnitude = yarn.magnitude
        case .linear: first = addFrequencies(rope.frequencies())
        }
        return append(Shape(domain: .tokens, columns: rope.rotated)) { out in
            .ropeTable(
                Operation.RopeTable(
                    firstFrequency: first, count: pairs, magnitude: magnitude, stretch: stretch, out: out))
        }
    }

    private func check(_ rope: RoPE) throws(GraphError) {
        guard rope.rotated >= 2, rope.rotated % 2 == 0 else {
            throw .rope(rotated: rope.rotated, headDimension: rope.rotated)
        }
        let pairs = rope.rotated / 2
        if let factors = rope.frequencyFactors { try expect(factors.name, pairs, factors.vector.count) }
        if let sections = rope.sections {
            guard sections.allSatisfy({ (0...pairs).contains($0) }), sections.reduce(0, +) == pairs else {
                throw .shapes(operation: "rope", expected: "sections of \(pairs) pairs", found: "\(sections)")
            }
        }
        switch rope.scaling {
        case .linear: break
        case .yarn(let yarn):
            guard yarn.originalLength > 0, yarn.betaFast > 0, yarn.betaSlow > 0, rope.base > 1 else {
                throw .shapes(
                    operation: "YaRN", expected: "a context, turns and a base above 1",
                    found: "\(yarn), base \(rope.base)")
            }
        case .longrope(let long):
            for factors in [long.short, long.long] { try expect(factors.name, pairs, factors.vector.count) }
        case .dynamicNTK(let factor, let length):
            guard rope.rotated > 2, length > 0, factor >= 1 else {
                throw .shapes(
                    operation: "a dynamic rope", expected: "more than one pair, a context and a factor from 1 on",
                    found: "\(pairs), \(length) and \(factor)")
            }
        }
    }
}
