import AllocationChecks
import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// A step asks the system for no memory. Counted on the caller's thread, which runs what every other runs.
    @Suite(.enabled(if: allocation_checks_available(), "allocations are counted on Linux, without sanitizers"))
    struct AllocationTests {
        @Test func `the counter counts`() {
            let before = allocation_checks_count()
            let array = [Int](repeating: before.hashValue, count: 100)
            #expect(allocation_checks_count() > before)
            #expect(array.count == 100)
        }

        @Test(arguments: [1, 2], [1, 8]) func `a step allocates nothing`(threads: Int, count: Int) throws {
            try check(threads: threads, count: count) { net in
                try net.randomDecoder(blocks: 8, formats: [.f32, .q8_0, .q4_0])
            }
        }

        @Test(arguments: [1, 2], [1, 8]) func `experts allocate nothing`(threads: Int, count: Int) throws {
            try check(threads: threads, count: count) { net in
                var options = Net.Experts()
                options.router = Router(.sigmoid, used: 2)
                options.router.groups = Router.Groups(count: 4, used: 2)
                options.router.isNormalized = true
                (options.isBiased, options.hasSelectionBias, options.hasScales) = (true, true, true)
                var x = try net.embedding(columns: 64)
                for format in [EncodedWeight.Format.f32, .q8_0] {
                    options.format = format
                    x = try net.experts(x, options)
                }
                return try net.selectRows(x)
            }
        }

        private func check(threads: Int, count: Int, _ build: (inout Net) throws -> Net.Tensor) throws {
            let program = try Net.program(seed: 8) { try build(&$0) }
            var interpreter = try Interpreter(program, .small(Kernels.best.name, threads: threads, cache: .f16))
            let tokens = someTokens(count)
            let parts = [BatchEntry(count: count, outputs: .last)]
            try interpreter.step(tokens.span, entries: parts.span, vocabulary: Net.vocabulary)  // starts the threads
            let before = allocation_checks_count()
            try interpreter.step(tokens.span, entries: parts.span, vocabulary: Net.vocabulary)
            let result = interpreter.result
            let allocations = allocation_checks_count() - before
            #expect(allocations == 0)
            #expect(result.rows == 1)
        }
    }
}
