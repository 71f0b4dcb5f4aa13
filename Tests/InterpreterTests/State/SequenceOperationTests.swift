import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Steps of sequences that were cut, forked, closed and cancelled.
    @Suite struct SequenceOperationTests {
        /// Without products, whose kernels differ in rounding.
        private static func net() throws -> (Net, Net.Tensor) {
            var net = Net(seed: 91)
            let x = try net.windows(net.embedding(columns: 64))
            return (net, x)
        }

        private static func program() throws -> Program {
            let (net, output) = try net()
            return net.program(output)
        }

        @Test(arguments: instructionSets)
        func `windows give what plain code gives, in chunks and after rewinds`(instructionSet: String) throws {
            let (net, output) = try Self.net()
            let program = net.program(output)
            let tokens = someTokens(290)
            let expected = net.reference(output, tokens)
            var interpreter = try Interpreter(
                program, .small(instructionSet, threads: 2, contextLength: 300, stepTokens: 300))
            let whole = try interpreter.run(tokens)
            #expect(difference(whole, expected) <= 10 * floatTolerance)
            for chunk in [1, 63, 64, 200] {
                interpreter.truncate(to: 0)
                #expect(try interpreter.run(tokens, chunk: chunk) == whole)
                guard interpreter.truncate(to: 280) else { continue }
                #expect(try interpreter.run(Array(tokens[280...])) == Array(whole[280...]))
            }
        }

        @Test func `a closed sequence takes no step`() throws {
            var interpreter = try Interpreter(Self.program(), .small())
            let fork = interpreter.fork(sequence: 0)
            interpreter.close(sequence: 0)
            #expect(throws: InterpreterError.self) { try interpreter.run([1]) }
            let part = [BatchEntry(sequence: fork, count: 1, outputs: .all)]
            #expect(try interpreter.run([1], part).count == 1)
        }

        @Test(arguments: [1, 2]) func `a cancelled step leaves a fork's sequence as it was`(threads: Int) throws {
            let program = try Self.program()
            var interpreter = try Interpreter(program, .small(threads: threads))
            let tokens = someTokens(30)
            let expected = try interpreter.run(tokens)
            interpreter.truncate(to: 20)
            let fork = interpreter.fork(sequence: 0)
            let part = [BatchEntry(sequence: fork, count: 10, outputs: .all)]
            interpreter.cancellation.cancel()
            #expect(throws: InterpreterError.cancelled) { try interpreter.run(someTokens(10, seed: 3), part) }
            #expect(interpreter.store.length(of: fork) == 20)
            #expect(try interpreter.run(Array(tokens[20...]), part) == Array(expected[20...]))
            #expect(try interpreter.run(Array(tokens[20...])) == Array(expected[20...]))
        }
    }
}
