package import Tensors

extension Operation {
    /// Rotates the heads of `x` by position. `out` may lie where `x` does.
    package struct Rope: ResultPayload {
        package let x: Node
        package let table: Node
        package let headDimension: Int
        package let pairing: RoPEPairing
        package let out: Node

        package var name: String { "rope" }
        package var inputs: [Node] { [x, table] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String {
            "rope \(graph.text(inputs)), heads of \(headDimension), \(pairing) pairs"
        }
    }
}

extension GraphBuilder {
    /// Rotates the heads of `x`, `[tokens, heads * headDimension]`, by position: the shape of `x`.
    package mutating func rope(
        _ x: Node, table: Node, headDimension: Int, pairing: RoPEPairing
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        let rotated = self.shape(of: table).columns
        guard headDimension > 0, rotated <= headDimension else {
            throw .rope(rotated: rotated, headDimension: headDimension)
        }
        guard shape.columns % headDimension == 0, shape.domain == .tokens else {
            throw .shapes(operation: "rope", expected: "heads of \(headDimension)", found: "\(shape.columns) columns")
        }
        return append(shape) { out in
            .rope(Operation.Rope(x: x, table: table, headDimension: headDimension, pairing: pairing, out: out))
        }
    }
}
