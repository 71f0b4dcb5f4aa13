import AllocationChecks
import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests.OperationTests {
    @Test(arguments: [1, 2, 4, 5], [1, 3, 33])
    func `a causal convolution remembers what it needs`(width: Int, count: Int) throws {
        try check(tokens: count) { net in
            try net.causalConvolution(net.embedding(columns: 41), width: width, bias: width % 2 == 0)
        }
    }

    @Test(arguments: [1, 7, 16, 24], [1, 20])
    func `a selective scan`(size: Int, count: Int) throws {
        try check(tokens: count) { net in
            let x = try net.embedding(columns: 41)
            let delta = net.activate(net.scale(x, by: 0.3), .softplus)
            let b = try net.linear(x, rows: size)
            return try net.selectiveScan(x, delta: delta, b: b, c: net.scale(b, by: -0.5))
        }
    }

    @Test(arguments: [(2, 1), (6, 2), (6, 3)], [1, 20, 70])
    func `a scan by heads`(shape: (heads: Int, groups: Int), count: Int) throws {
        try check(tokens: count) { net in
            let x = try net.embedding(columns: 42)
            let delta = try net.activate(net.scale(net.linear(x, rows: shape.heads), by: 0.3), .softplus)
            let b = try net.linear(x, rows: shape.groups * 17)
            return try net.headScan(x, delta: delta, b: b, c: net.scale(b, by: -0.5), groups: shape.groups)
        }
    }
}

extension InterpreterTests {
    /// The state of a sequence besides keys and values.
    @Suite struct RecurrentTests {
        private func program(_ format: EncodedWeight.Format = .f32) throws -> (Net, Net.Tensor, Program) {
            var net = Net(seed: 51)
            var x = try net.embedding(columns: 64)
            x = try net.add(x, net.mamba(net.norm(x), inner: 96, size: 16, format))
            x = try net.add(x, net.mamba2(net.norm(x), heads: 8, size: 16, format))
            return (net, x, net.program(x))
        }

        /// Of quantized weights, eight products in a row are off by more than one.
        static let tolerances = [(EncodedWeight.Format.f32, 20 * floatTolerance), (.q8_0, 3 * quantizedTolerance)]

        @Test(arguments: instructionSets, tolerances)
        func `blocks give what double arithmetic gives`(
            instructionSet: String, format: (weights: EncodedWeight.Format, tolerance: Double)
        ) throws {
            let (net, output, program) = try program(format.weights)
            let tokens = someTokens(30)
            var interpreter = try Interpreter(program, .small(instructionSet, threads: 2))
            let off = difference(try interpreter.run(tokens), net.reference(output, tokens))
            #expect(off <= format.tolerance, "\(off)")
        }

        @Test(arguments: instructionSets)
        func `the same bits in any company, chunks and threads`(instructionSet: String) throws {
            let (_, _, program) = try program()
            let texts = [someTokens(30, seed: 1), someTokens(17, seed: 2)]
            func alone(_ text: [Int32], chunk: Int, threads: Int) throws -> [[Float]] {
                var interpreter = try Interpreter(program, .small(instructionSet, threads: threads))
                var found: [[Float]] = []
                for start in stride(from: 0, to: text.count, by: chunk) {
                    let tokens = Array(text[start..<min(start + chunk, text.count)])
                    let entry = [BatchEntry(count: tokens.count, outputs: .all, products: .gemv)]
                    try interpreter.step(
                        tokens.span, entries: entry.span, vocabulary: Net.vocabulary)
                    found += interpreter.rows
                }
                return found
            }
            let expected = try texts.map { try alone($0, chunk: 30, threads: 1) }
            for (chunk, threads) in [(1, 2), (2, 1), (7, 3), (30, 2)] {
                #expect(try alone(texts[0], chunk: chunk, threads: threads) == expected[0])
            }
            var together = try Interpreter(program, .small(instructionSet, threads: 2, sequences: 2))
            let entries = texts.indices.map {
                BatchEntry(sequence: $0, count: texts[$0].count, outputs: .all, products: .gemv)
            }
            let joined = texts.flatMap(\.self)
            try together.step(joined.span, entries: entries.span, vocabulary: Net.vocabulary)
            #expect(together.rows == expected.flatMap(\.self))
        }

        @Test func `a sequence begins from nothing, and a copy goes on as its source`() throws {
            let (_, _, program) = try program()
            var interpreter = try Interpreter(program, .small(sequences: 2))
            let tokens = someTokens(12)
            let expected = try interpreter.run(tokens)
            interpreter.truncate(to: 0)
            #expect(try interpreter.run(tokens) == expected)
            let fork = interpreter.fork(sequence: 0)
            let next = try interpreter.run([3])
            #expect(try interpreter.run([3], [BatchEntry(sequence: fork, count: 1, outputs: .all)]) == next)
        }

        @Test(
            .enabled(if: allocation_checks_available(), "allocations are counted on Linux, without sanitizers"),
            arguments: [1, 2], [1, 8])
        func `a step allocates nothing`(threads: Int, count: Int) throws {
            let (_, _, program) = try program(.q8_0)
            var interpreter = try Interpreter(program, .small(Kernels.best.name, threads: threads))
            let tokens = someTokens(count)
            let parts = [BatchEntry(count: count, outputs: .last)]
            try interpreter.step(tokens.span, entries: parts.span, vocabulary: Net.vocabulary)
            let before = allocation_checks_count()
            try interpreter.step(tokens.span, entries: parts.span, vocabulary: Net.vocabulary)
            #expect(allocation_checks_count() == before)
        }
    }
}
