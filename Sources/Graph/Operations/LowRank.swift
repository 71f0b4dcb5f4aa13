package import Tensors

/// What an adapter adds to a weight: `factor * up . down` (LoRA, arXiv:2106.09685).
package struct LowRankUpdate: Sendable {
    /// `[rank, columns of the weight]`
    package let down: NamedMatrix
    /// `[rows of the weight, rank]`, of a float format.
    package let up: NamedMatrix
    package let factor: AdapterFactor

    package init(down: NamedMatrix, up: NamedMatrix, factor: AdapterFactor) {
        self.down = down
        self.up = up
        self.factor = factor
    }

    /// Some rows of the weight: as many of `up`.
    package func rows(_ range: Range<Int>) -> LowRankUpdate {
        LowRankUpdate(
            down: down, up: NamedMatrix(name: up.name, matrix: up.matrix.rows(range)), factor: factor)
    }
}

/// A factor that is known when a step runs: `constant * scale of the adapter`.
package struct AdapterFactor: Sendable, Hashable, BitwiseCopyable {
    /// Among those of the program.
    package let adapter: Int
    package let constant: Float

    package init(adapter: Int, constant: Float) {
        self.adapter = adapter
        self.constant = constant
    }
}

/// A part of a product's sum: `up . x`.
package struct LowRank: Sendable, BitwiseCopyable {
    /// `[domain, rank]`, float32: the input times an adapter's first matrix and its factor.
    package let x: Node
    /// `[rows of the product's matrix, rank]`, of a float format.
    package let up: WeightMatrix
}

extension GraphBuilder {
    /// `x . weightsᵀ + Σ factor * (source . downᵀ) . upᵀ + bias`: `[domain, weights.rows]`.
    ///
    /// - Parameter source: what the updates read: `x`, or what that was scaled from.
    package mutating func linear(
        _ x: Node, _ weights: NamedMatrix, bias: NamedVector? = nil, updates: [LowRankUpdate], of source: Node
    ) throws(GraphError) -> Node {
        var parts: [LowRank] = []
        for update in updates {
            try expect(update.up.name, weights.matrix.rows, update.up.matrix.rows)
            try expect(update.up.name, update.down.matrix.rows, update.up.matrix.columns)
            parts.append(LowRank(x: try scaled(source, update.down, by: update.factor), up: self.weights(update.up)))
        }
        return try product(x, weights, bias: bias, lowRanks: addLowRanks(parts))
    }

    /// `x . weightsᵀ` times a factor that is known when a step runs: `[domain, weights.rows]`. A product that was stated for
    /// another part of the same matrix serves again.
    package mutating func scaled(
        _ x: Node, _ weights: NamedMatrix, by factor: AdapterFactor
    ) throws(GraphError) -> Node {
        if let known = product(of: x, weights.matrix, factor) { return known }
        return try product(x, weights, bias: nil, factor: factor)
    }
}
