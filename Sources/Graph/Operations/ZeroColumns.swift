extension Operation {
    /// `out = x` with zeros in some columns: what an ablated head hands on.
    package struct ZeroColumns: ResultPayload {
        package let x: Node
        package let firstColumn: Int
        package let count: Int
        package let out: Node

        package var name: String { "zero columns" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }
        package var columns: Range<Int> { firstColumn..<firstColumn + count }

        package func text(_ graph: Graph) -> String { "zero columns \(columns) of \(graph.text(inputs))" }
    }
}
