internal import Tensors

/// The kind of an operation and how much it computes, for profiles.
package struct Cost: Sendable {
    /// Which positions rows attend to.
    package enum Attended: Hashable, Sendable {
        case sequence(AttentionMask)
        case cross
    }

    package let operation: String
    /// The weights' names without layer and ending: `attn_q attn_k attn_v`.
    package var weights = ""
    /// The formats of the weights, each once.
    package var formats = ""
    /// `2048+256+256 x 2048` for products, `64` columns for others.
    package var shape = ""
    /// Which rows it works on.
    package var domain = RowDomain.tokens
    /// Bytes of weights that are read once for all rows.
    package var weightBytes = 0
    /// Bytes of weights that are read for each row.
    package var rowBytes = 0
    /// Nil for an operation that is no attention.
    package var attended: Attended?
    /// Elements of keys and values for each position that is read from a cache.
    package var cacheColumns = 0
    package var multiplyAddsPerRow = 0
    /// Multiply-adds for each pair of a row and a position that it attends to.
    package var multiplyAddsPerPair = 0

    package init(_ operation: String) { self.operation = operation }

    package init(_ operation: String, _ shape: Shape) {
        self.operation = operation
        self.shape = "\(shape.columns)"
        domain = shape.domain
    }
}

extension Program {
    /// The cost of every operation.
    package var costs: [Cost] { operations.map { $0.payload.cost(graph) } }
}

extension Graph {
    /// The names of some weights without the parts that differ between layers.
    package func roles(_ addresses: [UInt]) -> String {
        addresses.compactMap { names[$0] }.map { name in
            name.split(separator: ".").filter { $0 != "blk" && $0 != "weight" && Int($0) == nil }.joined(separator: ".")
        }.joined(separator: " ")
    }
}
