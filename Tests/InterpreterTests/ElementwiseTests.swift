import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests.OperationTests {
    @Test(arguments: [1, 7, 40]) func `scales by a constant, a vector and a number a row`(count: Int) throws {
        try check(tokens: count) { net in
            let x = net.scale(try net.embedding(columns: 41), by: 3.5)
            let gate = net.activate(try net.linear(x, rows: 1), .sigmoid)
            return try net.add(net.scaleColumns(x), net.scaleRows(x, by: gate))
        }
    }

    @Test func `a scaled value is quantized for the next product`() throws {
        try check(tokens: 9, tolerance: quantizedTolerance) { net in
            let x = net.scale(try net.embedding(columns: 64), by: 8)
            return try net.linear(net.scaleColumns(x), rows: 33, .q8_0)
        }
    }

    @Test func `bounds, smooth and hard`() throws {
        try check { net in
            let x = net.scale(try net.embedding(columns: 41), by: 20)
            return try net.add(net.softcap(x, at: 5), net.clamp(x, low: -3, high: 7))
        }
    }

    @Test func `a clamped SwiGLU`() throws {
        try check { net in
            let x = net.scale(try net.embedding(columns: 41), by: 9)
            return try net.clampedSwiGLU(x, net.scaleColumns(x), limit: 7)
        }
    }

    @Test func `an operation leaves a value alone that something else reads`() throws {
        try check { net in
            let x = try net.embedding(columns: 24)
            let bounded = try net.clamp(net.softcap(net.scale(x, by: 4), at: 2), low: -1, high: 1)
            return try net.add(net.multiply(net.clampedSwiGLU(x, bounded, limit: 1), x), bounded)
        }
    }
}
