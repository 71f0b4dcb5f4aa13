internal import Graph
internal import Tensors

extension Model {
    /// Bytes of weights that one decode step reads: every matrix that is multiplied by. A table that rows are only
    /// looked up in is not among them.
    public var decodeBytes: Int { program.terms.reduce(0) { $0 + $1.weights.rows * $1.weights.rowBytes } }
}
