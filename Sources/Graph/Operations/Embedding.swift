package import Tensors

/// Where the rows of an embedding come from.
package enum RowIndex: String, Sendable, BitwiseCopyable {
    /// The token's id.
    case tokens
    /// The token's position in its sequence.
    case positions
    /// Which of a pair of texts the token belongs to: 0 or 1.
    case segments
}

extension Operation {
    /// `out[t] = table[index of t]`
    package struct Embedding: ResultPayload {
        package let table: WeightMatrix
        package let index: RowIndex
        package let out: Node

        package var name: String { "embedding" }
        package var inputs: [Node] { [] }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([table.address])
            cost.formats = table.format.name
            cost.rowBytes = table.rowBytes
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "embedding \(graph.name(of: table)) (\(table.format.name)) by \(index.rawValue)"
        }
    }
}

extension GraphBuilder {
    /// Rows of `table`, one for each token: `[tokens, table.columns]`.
    package mutating func embedding(_ table: NamedMatrix, by index: RowIndex) -> Node {
        let weights = weights(table)
        return append(Shape(domain: .tokens, columns: weights.columns)) { out in
            .embedding(Operation.Embedding(table: weights, index: index, out: out))
        }
    }
}
