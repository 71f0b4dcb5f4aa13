import Graph
import TestSupport
import Testing

extension InterpreterTests.OperationTests {
    @Test(arguments: EncodedWeight.Format.allCases, [1, 9, 40])
    func `each head has a matrix of its own`(format: EncodedWeight.Format, count: Int) throws {
        try check(tokens: count, tolerance: format.isQuantized ? quantizedTolerance : floatTolerance) { net in
            let x = try net.embedding(columns: 3 * 96)
            return try net.headProduct(x, heads: 3, rows: 20, columns: 64, format)
        }
    }

    @Test(arguments: [1, 7]) func `heads of two values are joined, of one where it has a single head`(count: Int) throws
    {
        try check(tokens: count, tolerance: 0) { net in
            let x = try net.embedding(columns: 4 * 12)
            let y = try net.embedding(columns: 6)
            let shared = try net.joinHeads(4, (x, 12, 2..<9), (y, 6, 1..<6))
            return try net.joinHeads(4, (shared, 12, 0..<12), (x, 12, 9..<12))
        }
    }

    @Test func `columns of heads become a value`() throws {
        try check(tolerance: 0) { net in
            try net.joinHeads(3, (net.slice(net.embedding(columns: 40), 4..<34), 10, 7..<10))
        }
    }

    @Test func `heads that do not fit are refused`() throws {
        var net = Net(seed: 1)
        let x = try net.embedding(columns: 24)
        #expect(throws: GraphError.self) { try net.headProduct(x, heads: 5, rows: 4, columns: 4, .f32) }
        #expect(throws: GraphError.self) { try net.headProduct(x, heads: 3, rows: 4, columns: 9, .f32) }
        #expect(throws: GraphError.self) { try net.joinHeads(3, (x, 8, 4..<9)) }
        #expect(throws: GraphError.self) { try net.joinHeads(3, (x, 6, 0..<6)) }
    }
}

extension Net {
    /// Of each head's first columns, the product with a random matrix.
    mutating func headProduct(
        _ x: Tensor, heads: Int, rows: Int, columns: Int, _ format: EncodedWeight.Format
    ) throws -> Tensor {
        let (weights, values) = try matrix(rows: heads * rows, columns: columns, format)
        return add(
            try builder.headProduct(x.node, weights, heads: heads),
            .map(x.index) { _, row in
                (0..<heads).flatMap { head in
                    let first = head * (row.count / heads)
                    return Plain.linear(
                        Array(row[first..<first + columns]), Array(values[head * rows..<(head + 1) * rows]), nil)
                }
            })
    }

    /// Of each head, columns of one value's, then of another's: values with their heads' size and columns.
    mutating func joinHeads(
        _ heads: Int, _ first: (x: Tensor, size: Int, columns: Range<Int>),
        _ second: (x: Tensor, size: Int, columns: Range<Int>)? = nil
    ) throws -> Tensor {
        func part(_ value: (x: Tensor, size: Int, columns: Range<Int>)) -> HeadColumns {
            HeadColumns(value.x.node, headDimension: value.size, columns: value.columns)
        }
        let (size, columns) = (first.size, first.columns)
        let other = second.map { (size: $0.size, columns: $0.columns) } ?? (size: size, columns: 0..<0)
        return add(
            try builder.joinHeads(heads, part(first), second.map(part)),
            .zip(first.x.index, second?.x.index ?? first.x.index) { a, b in
                (0..<heads).flatMap { head in
                    let start = a.count == size ? 0 : head * size
                    let otherStart = b.count == other.size ? 0 : head * other.size
                    return Array(a[(start + columns.lowerBound)..<(start + columns.upperBound)])
                        + b[(otherStart + other.columns.lowerBound)..<(otherStart + other.columns.upperBound)]
                }
            })
    }
}
