/// Some columns of every head of a value.
package struct HeadColumns: Sendable, BitwiseCopyable {
    package let x: Node
    package let headDimension: Int
    private let firstColumn: Int
    private let count: Int

    /// Those of each head that are meant.
    package var columns: Range<Int> { firstColumn..<firstColumn + count }

    /// - Parameters:
    ///   - x: `[tokens, heads * headDimension]`; a single head stands for every one that it is joined with.
    ///   - columns: those of each head that are meant.
    package init(_ x: Node, headDimension: Int, columns: Range<Int>) {
        self.x = x
        self.headDimension = headDimension
        firstColumn = columns.lowerBound
        count = columns.count
    }
}

extension Operation {
    /// Heads of columns of one value's heads, then of another's.
    package struct JoinHeads: ResultPayload {
        package let heads: Int
        package let first: HeadColumns
        /// Nil: the columns of `first` alone.
        package let second: HeadColumns?
        package let out: Node

        package var name: String { "join heads" }
        package var inputs: [Node] { [first.x] + (second.map { [$0.x] } ?? []) }

        package func text(_ graph: Graph) -> String {
            let parts = [first, second].compactMap { $0 }.map { "\(graph.text([$0.x])) \($0.columns)" }
            return "\(heads) heads of \(parts.joined(separator: ", "))"
        }
    }
}

extension GraphBuilder {
    /// Of each of `heads` heads, the columns of `first`, then those of `second`: `[tokens, heads * columns]`.
    package mutating func joinHeads(
        _ heads: Int, _ first: HeadColumns, _ second: HeadColumns? = nil
    ) throws(GraphError) -> Node {
        var columns = 0
        for part in [first, second] {
            guard let part else { continue }
            let shape = shape(of: part.x)
            guard heads > 0, part.headDimension > 0, shape.domain == .tokens,
                [part.headDimension, heads * part.headDimension].contains(shape.columns),
                part.columns.lowerBound >= 0, part.columns.upperBound <= part.headDimension, !part.columns.isEmpty
            else {
                throw .shapes(
                    operation: "join heads", expected: "\(heads) heads of \(part.headDimension), or one",
                    found: "\(shape.columns) columns of \(shape.domain), \(part.columns) of them read")
            }
            columns += heads * part.columns.count
        }
        return append(Shape(domain: .tokens, columns: columns)) { out in
            .joinHeads(Operation.JoinHeads(heads: heads, first: first, second: second, out: out))
        }
    }
}
