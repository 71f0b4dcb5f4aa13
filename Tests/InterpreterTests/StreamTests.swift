import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension Net {
    mutating func mixStreams(
        _ base: Tensor, _ x: Tensor, weights: Tensor? = nil, offset: Float = 0, size: Int, first: Int = 0
    ) throws -> Tensor {
        let node = try builder.mixStreams(
            base.node, x.node, weights: weights?.node, offset: offset, size: size, first: first)
        let others = x.columns / size
        return add(
            node,
            .sequence([base.index, x.index, weights?.index ?? x.index]) { [hasWeights = weights != nil] values in
                values[0].indices.map { position in
                    var row = values[0][position]
                    for stream in first..<max(first, row.count / size) {
                        for other in 0..<others {
                            let own = hasWeights ? values[2][position][stream * others + other] : 0
                            for i in 0..<size {
                                row[stream * size + i] += (Double(offset) + own) * values[1][position][other * size + i]
                            }
                        }
                    }
                    return row
                }
            })
    }

    mutating func matchMagnitude(_ x: Tensor, to reference: Tensor) throws -> Tensor {
        @Sendable func root(_ row: [Double]) -> Double {
            (row.reduce(0) { $0 + $1 * $1 } / Double(row.count)).squareRoot()
        }
        return add(
            try builder.matchMagnitude(x.node, to: reference.node),
            .zip(x.index, reference.index) { row, reference in
                row.map { $0 * root(reference) / max(root(row), 1e-5.squareRoot()) }
            })
    }

    mutating func statisticalTopK(_ x: Tensor, deviations: Float) throws -> Tensor {
        add(
            try builder.statisticalTopK(x.node, deviations: deviations),
            .map(x.index) { _, row in
                let mean = row.reduce(0, +) / Double(row.count)
                let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
                return row.map { max($0 - mean - Double(deviations) * variance.squareRoot(), 0) }
            })
    }
}

extension InterpreterTests.OperationTests {
    @Test(arguments: [1, 7, 40], [0, 1, 3]) func `streams are mixed by each row's weights`(
        count: Int, first: Int
    ) throws {
        try check(tokens: count) { net in
            let x = try net.embedding(columns: 33)
            let base = net.activate(try net.linear(x, rows: 3 * 11), .tanh)
            let weights = net.activate(try net.linear(x, rows: 9), .tanh)
            // The streams are mixed with themselves, and read behind that again.
            let mixed = try net.mixStreams(base, base, weights: weights, offset: 0.5, size: 11, first: first)
            return try net.add(mixed, base)
        }
    }

    @Test func `a stream is added to all but the first`() throws {
        try check { net in
            let x = try net.embedding(columns: 24)
            return try net.mixStreams(x, net.slice(x, 8..<16), offset: 1, size: 8, first: 1)
        }
    }

    @Test(arguments: [1, 40]) func `a row takes the magnitude of another`(count: Int) throws {
        try check(tokens: count) { net in
            let x = try net.embedding(columns: 41)
            return try net.matchMagnitude(net.scale(x, by: 7), to: net.scaleColumns(x))
        }
    }

    @Test func `a row of zeros has no magnitude to take`() throws {
        try check { net in
            let x = try net.embedding(columns: 41)
            return try net.matchMagnitude(net.scale(x, by: 0), to: x)
        }
    }

    @Test(arguments: [-1, 0.25, 1.6448535] as [Float]) func `what lies above a row's deviation`(
        deviations: Float
    ) throws {
        try check { net in
            try net.statisticalTopK(net.linear(net.embedding(columns: 32), rows: 65), deviations: deviations)
        }
    }

    @Test(arguments: [1, 40], [true, false]) func `a cache holds values that are the first columns of keys once`(
        count: Int, cached: Bool
    ) throws {
        try check(tokens: count) { net in
            let x = try net.embedding(columns: 32)
            let keys = try net.linear(x, rows: 48)
            let heads = Heads(queries: 4, keyValues: 1, keyDimension: 48, valueDimension: 32)
            return try net.attention(
                query: net.linear(x, rows: 192), keys: keys, values: net.slice(keys, 0..<32), heads, cached: cached)
        }
    }
}
