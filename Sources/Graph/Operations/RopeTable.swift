package import Tensors

/// Rotary position embedding (arXiv:2104.09864).
package struct RoPE: Sendable {
    /// Elements of each head that are rotated; the rest pass.
    package let rotated: Int
    package let base: Double
    /// Positions are divided by it (linear scaling).
    package let factor: Double
    /// Divides each pair's frequency, `[rotated / 2]` (`rope_freqs.weight`).
    package let frequencyFactors: NamedVector?
    package let pairing: RoPEPairing

    package init(
        rotated: Int, base: Double, factor: Double = 1, frequencyFactors: NamedVector? = nil, pairing: RoPEPairing
    ) {
        self.rotated = rotated
        self.base = base
        self.factor = factor
        self.frequencyFactors = frequencyFactors
        self.pairing = pairing
    }

    /// Radians a position for each pair, `[rotated / 2]`.
    package var frequencies: [Double] {
        (0..<rotated / 2).map { pair in
            let frequency = Power.of(base, -2 * Double(pair) / Double(rotated)) / factor
            return frequencyFactors.map { frequency / Double($0.vector[pair]) } ?? frequency
        }
    }
}

extension Operation {
    /// Cosines and sines of every token's position times some of `Graph.frequencies`: `[tokens, 2, count]`.
    package struct RopeTable: ResultPayload {
        package let firstFrequency: Int
        package let count: Int
        package let out: Node

        package var name: String { "rope table" }
        package var inputs: [Node] { [] }

        package func text(_ graph: Graph) -> String { "rope table of \(count) pairs" }
    }
}

extension GraphBuilder {
    /// The rotation of every token's position, to be shared by all layers: `[tokens, rotated]`.
    package mutating func ropeTable(_ rope: RoPE) throws(GraphError) -> Node {
        guard rope.rotated >= 2, rope.rotated % 2 == 0 else {
            throw .rope(rotated: rope.rotated, headDimension: rope.rotated)
        }
        if let factors = rope.frequencyFactors {
            try expect(factors.name, rope.rotated / 2, factors.vector.count)
        }
        let first = addFrequencies(rope.frequencies)
        return append(Shape(domain: .tokens, columns: rope.rotated)) { out in
            .ropeTable(Operation.RopeTable(firstFrequency: first, count: rope.rotated / 2, out: out))
        }
    }
}
