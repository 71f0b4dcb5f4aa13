package import Tensors

extension Operation {
    /// Rotates columns of every head of `x` by position, as many as the table has. `out` may lie where `x` does.
    package struct Rope: ResultPayload {
        package let x: Node
        package let table: Node
        package let headDimension: Int
        /// Of each head, the first column that is rotated.
        package let firstColumn: Int
        package let pairing: RoPEPairing
        package let out: Node

        package var name: String { "rope" }
        package var inputs: [Node] { [x, table] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String {
            "rope \(graph.text(inputs)), heads of \(headDimension), \(pairing) pairs"
                + (firstColumn == 0 ? "" : " from column \(firstColumn) on")
        }
    }
}

extension GraphBuilder {
    /// Rotates the heads of `x`, `[tokens, heads * headDimension]`, by position: the shape of `x`.
    ///
    /// - Parameter firstColumn: of each head, the first column that is rotated, as many as the table has; the others pass.
    package mutating func rope(
        _ x: Node, table: Node, headDimension: Int, firstColumn: Int = 0, pairing: RoPEPairing
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        let rotated = self.shape(of: table).columns
        guard firstColumn >= 0, firstColumn <= headDimension, rotated <= headDimension - firstColumn else {
            throw .rope(rotated: rotated, headDimension: headDimension)
        }
        guard shape.columns % headDimension == 0, shape.domain == .tokens else {
            throw .shapes(operation: "rope", expected: "heads of \(headDimension)", found: "\(shape.columns) columns")
        }
        return append(shape) { out in
            .rope(
                Operation.Rope(
                    x: x, table: table, headDimension: headDimension, firstColumn: firstColumn, pairing: pairing,
                    out: out))
        }
    }
}
