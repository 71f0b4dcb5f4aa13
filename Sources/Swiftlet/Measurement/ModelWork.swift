internal import Graph
internal import Tensors

extension Model {
    /// Bytes of weights that one decode step reads: every matrix that is multiplied by. A table that rows are only
    /// looked up in is not among them.
    public var decodeBytes: Int { program.terms.reduce(0) { $0 + $1.weights.rows * $1.weights.rowBytes } }

    /// Multiply-adds with weights for a prompt of `tokens` tokens, up to the logits of the last.
    public func promptMultiplyAdds(tokens: Int) -> Double {
        program.terms.reduce(0) { sum, term in
            let rows = program.buffers[term.out.index].domain == .tokens ? tokens : 1
            return sum + Double(term.weights.rows * term.weights.columns) * Double(rows)
        }
    }

    /// Whether all multiplications by weights are those of int8, which ``ProductPeak`` measures.
    public var multipliesOnlyQuantized: Bool { program.terms.allSatisfy { $0.weights.format.isQuantized } }
}
