import Graph
import Interpreter
import Synchronization
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Interpreters that run steps apart: each step once, bit-identical to one interpreter, and whole or not at all.
    @Suite struct ReplicaPoolTests {
        private let program: Program
        private let texts = (0..<23).map { someTokens(1 + $0 * 7 % 31, seed: $0) }
        private let expected: [[[Float]]]

        init() throws {
            program = try Net.program(seed: 5, .packed) { net in
                let heads = Heads(queries: 2, keyValues: 2, keyDimension: 32, valueDimension: 32)
                var x = try net.embedding(columns: 64)
                for _ in 0..<4 {
                    let qkv = try net.linear(net.norm(x), rows: 192, .q8_0)
                    let attention = try net.attention(
                        query: net.slice(qkv, 0..<64), keys: net.slice(qkv, 64..<128),
                        values: net.slice(qkv, 128..<192), heads, .bidirectional, cached: false)
                    x = try net.add(x, net.linear(attention, rows: 64, .q8_0))
                }
                return try net.selectRows(x)
            }
            var interpreter = try Interpreter(program, .small())
            expected = try texts.map { text in
                try Self.step(text, &interpreter)
                return interpreter.rows
            }
        }

        private static func step(_ text: [Int32], _ interpreter: inout Interpreter) throws(InterpreterError) {
            let parts = [BatchEntry(count: text.count, outputs: .all, products: .gemm)]
            try interpreter.step(text.span, entries: parts.span, vocabulary: Net.vocabulary)
            interpreter.truncate(to: 0)
        }

        /// Runs every text; `before` is called ahead of each.
        private func run(
            _ replicas: inout ReplicaPool, _ leader: borrowing Interpreter,
            before: @Sendable (Int) throws(InterpreterError) -> Void = { _ in }
        ) throws -> [[[Float]]] {
            let found = Mutex([[[Float]]](repeating: [], count: texts.count))
            try replicas.run(steps: texts.count, on: leader) { number, interpreter throws(InterpreterError) in
                try before(number)
                try Self.step(texts[number], &interpreter)
                let rows = interpreter.rows
                found.withLock { $0[number] += rows }
            }
            return found.withLock { $0 }
        }

        @Test(arguments: 1...4) func `every step is walked once and gives what it gives alone`(threads: Int) throws {
            let options = try Interpreter.Options.small(threads: threads)
            let leader = try Interpreter(program, options)
            var replicas = try ReplicaPool(program, options, count: leader.threadCount)
            for _ in 0..<5 { #expect(try run(&replicas, leader) == expected) }
            try replicas.run(steps: 0, on: leader) { _, _ in Issue.record("there is no step") }
        }

        @Test(arguments: 1...3) func `an error ends the run, and the next one is whole`(threads: Int) throws {
            let options = try Interpreter.Options.small(threads: threads)
            let leader = try Interpreter(program, options)
            var replicas = try ReplicaPool(program, options, count: leader.threadCount)
            let begun = Atomic<Int>(0)
            #expect(throws: InterpreterError.batch("the sixth")) {
                try run(&replicas, leader) { number throws(InterpreterError) in
                    begun.add(1, ordering: .relaxed)
                    if number == 5 { throw .batch("the sixth") }
                }
            }
            // Those before it, it, and what other threads had taken meanwhile.
            #expect(begun.load(ordering: .relaxed) >= 6)
            if threads == 1 { #expect(begun.load(ordering: .relaxed) == 6) }
            #expect(try run(&replicas, leader) == expected)
        }

        @Test(arguments: 1...3) func `a request stops every member, and is then forgotten`(threads: Int) throws {
            let options = try Interpreter.Options.small(threads: threads)
            let leader = try Interpreter(program, options)
            var replicas = try ReplicaPool(program, options, count: leader.threadCount)
            let cancellation = leader.cancellation
            for place in [0, 9] {
                #expect(throws: InterpreterError.cancelled) {
                    try run(&replicas, leader) { number in
                        if number == place { cancellation.cancel() }
                    }
                }
                #expect(!cancellation.isCancelled)
                #expect(try run(&replicas, leader) == expected)
            }
        }

        @Test func `times of all members add up`() throws {
            let options = try Interpreter.Options.small(threads: 2)
            let leader = try Interpreter(program, options)
            var replicas = try ReplicaPool(program, options, count: leader.threadCount)
            replicas.startTiming()
            _ = try run(&replicas, leader)
            let times = replicas.endTiming()
            #expect(times.steps == texts.count)
            #expect(times.tokens == texts.reduce(0) { $0 + $1.count })
            #expect(times.operations.count == program.operations.count)
            let work = times.operations.reduce(Duration.zero) { $0 + $1.work + $1.waiting }
            #expect(work > .zero && work <= times.total)
            #expect(replicas.endTiming().steps == 0)
        }
    }
}
