import AllocationChecks
import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests.OperationTests {
    @Test(arguments: [1, 3, 33]) func `a token shift remembers a row`(count: Int) throws {
        try check(tokens: count) { net in try net.tokenShift(net.embedding(columns: 41)) }
    }

    @Test func `a vector is added to columns`() throws {
        try check { net in try net.addColumns(net.embedding(columns: 41)) }
    }

    @Test(arguments: [(8, 5), (16, 16), (24, 40)], [1, 20])
    func `a gated delta rule`(sizes: (keys: Int, values: Int), count: Int) throws {
        for order in [ValueHeadOrder.grouped, .tiled] {
            try check(tokens: count, tolerance: 4 * floatTolerance) { net in
                let x = try net.embedding(columns: 32)
                func unit() throws -> Net.Tensor {
                    let heads = try net.normHeads(
                        net.linear(x, rows: 2 * sizes.keys), headDimension: sizes.keys, .rms, .none)
                    return net.scale(heads, by: 1 / Float(sizes.keys).squareRoot())
                }
                return try net.gatedDeltaRule(
                    query: unit(), key: unit(), value: net.linear(x, rows: 6 * sizes.values),
                    decay: net.activate(net.linear(x, rows: 6), .sigmoid),
                    rate: net.activate(net.linear(x, rows: 6), .sigmoid), keyHeads: 2, order)
            }
        }
    }

    @Test(arguments: [(5, 20), (16, 1), (16, 20), (40, 20)], [false, true])
    func `RWKV's time mix`(sizes: (head: Int, count: Int), removes: Bool) throws {
        try check(tokens: sizes.count, tolerance: 20 * floatTolerance) { net in
            try net.timeMix(net.embedding(columns: 2 * sizes.head), size: sizes.head, removes: removes, .f32)
        }
    }
}

extension InterpreterTests {
    /// The states of linear attention.
    @Suite struct LinearAttentionTests {
        enum Kind: CaseIterable, Sendable { case deltaNet, rwkv6, rwkv7 }

        private func program(
            _ kind: Kind, _ format: EncodedWeight.Format = .f32
        ) throws -> (Net, Net.Tensor, Program) {
            var net = Net(seed: 61)
            var x = try net.embedding(columns: 64)
            for _ in 0..<2 {
                let normed = try net.norm(x)
                x = try net.add(
                    x,
                    kind == .deltaNet
                        ? net.deltaNet(normed, size: 16, format)
                        : net.timeMix(normed, size: 32, removes: kind == .rwkv7, format))
            }
            return (net, x, net.program(x))
        }

        @Test(arguments: instructionSets, Kind.allCases)
        func `layers give what double arithmetic gives`(instructionSet: String, kind: Kind) throws {
            let (net, output, program) = try program(kind)
            let tokens = someTokens(30)
            var interpreter = try Interpreter(program, .small(instructionSet, threads: 2))
            let off = difference(try interpreter.run(tokens), net.reference(output, tokens))
            #expect(off <= 100 * floatTolerance, "\(off)")
        }

        @Test(arguments: instructionSets, Kind.allCases)
        func `the same bits in any company, chunks and threads`(instructionSet: String, kind: Kind) throws {
            let (_, _, program) = try program(kind)
            let texts = [someTokens(30, seed: 1), someTokens(17, seed: 2), someTokens(1, seed: 3)]
            func alone(_ text: [Int32], chunk: Int, threads: Int) throws -> [[Float]] {
                var interpreter = try Interpreter(program, .small(instructionSet, threads: threads))
                var found: [[Float]] = []
                for start in stride(from: 0, to: text.count, by: chunk) {
                    let tokens = Array(text[start..<min(start + chunk, text.count)])
                    let entry = [BatchEntry(count: tokens.count, outputs: .all, products: .gemv)]
                    try interpreter.step(tokens.span, entries: entry.span, vocabulary: Net.vocabulary)
                    found += interpreter.rows
                }
                return found
            }
            let expected = try texts.map { try alone($0, chunk: 30, threads: 1) }
            for (chunk, threads) in [(1, 2), (2, 1), (7, 3), (30, 2)] {
                #expect(try alone(texts[0], chunk: chunk, threads: threads) == expected[0])
            }
            var together = try Interpreter(program, .small(instructionSet, threads: 2, sequences: 3))
            let entries = texts.indices.map {
                BatchEntry(sequence: $0, count: texts[$0].count, outputs: .all, products: .gemv)
            }
            let joined = texts.flatMap(\.self)
            try together.step(joined.span, entries: entries.span, vocabulary: Net.vocabulary)
            #expect(together.rows == expected.flatMap(\.self))
        }

        @Test(arguments: Kind.allCases)
        func `a sequence begins from nothing, and a copy goes on as its source`(kind: Kind) throws {
            let (_, _, program) = try program(kind)
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
            arguments: Kind.allCases, [1, 8])
        func `a step allocates nothing`(kind: Kind, count: Int) throws {
            let (_, _, program) = try program(kind, .q8_0)
            var interpreter = try Interpreter(program, .small(Kernels.best.name, threads: 2))
            let tokens = someTokens(count)
            let parts = [BatchEntry(count: count, outputs: .last)]
            try interpreter.step(tokens.span, entries: parts.span, vocabulary: Net.vocabulary)
            let before = allocation_checks_count()
            try interpreter.step(tokens.span, entries: parts.span, vocabulary: Net.vocabulary)
            #expect(allocation_checks_count() == before)
        }
    }
}
