internal import Graph
internal import Tensors

/// The sizes of RWKV (arXiv:2404.05892).
struct RWKVSizes: Sendable {
    let layers: Int
    let hiddenSize: Int
    let feedForwardSize: Int
    let contextLength: Int
    let headDimension: Int

    /// Of the norm of heads.
    static let headEpsilon: Float = 64e-5

    init(_ h: Hyperparameters) throws(ModelError) {
        layers = try h.positive("block_count")
        hiddenSize = try h.positive("embedding_length")
        feedForwardSize = try h.positive("feed_forward_length")
        contextLength = try h.positive("context_length")
        headDimension = try h.positive("wkv.head_size")
        guard hiddenSize % headDimension == 0 else {
            throw h.wrong("wkv.head_size", "\(headDimension)", "a divisor of the hidden size \(hiddenSize)")
        }
    }
}

/// The rows of tokens, and the way from each to the one before it: `[tokens, hiddenSize]` each.
struct ShiftedRows {
    let rows: Node
    let shift: Node
}

extension GraphBuilder {
    /// The norm `NAME` of `x`, and its token shift.
    mutating func shifted(_ x: Node, _ norm: Norm, _ w: TensorScope, _ name: String) throws(ModelError) -> ShiftedRows {
        let rows = try self.norm(x, norm, w, name)
        return ShiftedRows(rows: rows, shift: try checked(w) { g throws(GraphError) in try g.tokenShift(rows) })
    }

    /// Rows that go `amount` of the way to the ones before them, column by column: `[tokens, hiddenSize]`.
    mutating func mix(_ x: ShiftedRows, _ amount: NamedVector, _ w: TensorScope) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in try g.add(x.rows, g.scaleColumns(x.shift, by: amount)) }
    }

    /// ``mix(_:_:_:)`` by an amount of each token: `[tokens, hiddenSize]`.
    mutating func mix(_ x: ShiftedRows, _ amount: Node, _ w: TensorScope) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in try g.add(x.rows, g.multiply(x.shift, amount)) }
    }

    /// `NAME2 . activation(NAME1 . x)`, plus `offset` where there is one: a matrix of low rank (arXiv:2106.09685).
    ///
    /// - Parameter activation: nil: none.
    mutating func lowRank(
        _ x: Node, _ w: TensorScope, _ name: String, rank: Int, _ activation: Activation?, offset: String? = nil
    ) throws(ModelError) -> Node {
        let columns = shape(of: x).columns
        var inner = try linear(x, w, "\(name)1", size: rank)
        if let activation { inner = activate(inner, activation) }
        var second = try w.linear("\(name)2", rows: columns, columns: rank)
        if let offset { second.bias = try w.vector("\(offset).weight", count: columns) }
        return try linear(inner, second, w)
    }

    /// LayerNorm of each head, by its row of `time_mix_ln`: the shape of `x`.
    mutating func headLayerNorm(_ x: Node, _ w: TensorScope, headDimension: Int) throws(ModelError) -> Node {
        let columns = shape(of: x).columns
        let weight = try w.vector("time_mix_ln.weight", count: columns)
        let bias = try w.vector("time_mix_ln.bias", count: columns)
        return try checked(w) { g throws(GraphError) in
            try g.normHeads(
                x, .layer, headDimension: headDimension, weight: weight, bias: bias, epsilon: RWKVSizes.headEpsilon)
        }
    }
}

extension TensorScope {
    /// Vectors `[count, columns]`, one a row, of a tensor that may have sizes of 1 between.
    func vectors(_ name: String, count: Int, columns: Int) throws(ModelError) -> [NamedVector] {
        let all = try flatVector(name, rows: count, columns: columns)
        return (0..<count).map { row in
            NamedVector(name: all.name, vector: all.vector.elements(row * columns..<(row + 1) * columns))
        }
    }
}
