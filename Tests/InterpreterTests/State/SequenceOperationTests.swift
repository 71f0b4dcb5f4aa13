import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Steps of sequences that were forked, cut, saved and restored, against a fresh sequence.
    @Suite struct SequenceOperationTests {
        private static let windows = [70, 3]

        /// Three layers of attention: to all positions, to 71 and to 4. Without products, whose kernels differ in rounding.
        private static func net() throws -> (Net, Net.Tensor) {
            var net = Net(seed: 91)
            let heads = Heads(queries: 2, keyValues: 1, keyDimension: 32, valueDimension: 32)
            var x = try net.embedding(columns: 64)
            for mask in [AttentionMask.causal] + windows.map({ .sliding(length: $0 + 1) }) {
                let keys = try net.slice(x, 0..<32)
                let values = try net.slice(x, 32..<64)
                let rotated = try net.rope(keys, rotated: 32, headDimension: 32, .neox)
                x = try net.norm(
                    net.add(x, net.attention(query: x, keys: rotated, values: values, heads, mask)))
            }
            return (net, x)
        }

        private static func program() throws -> Program {
            let (net, output) = try net()
            return net.program(output)
        }

        /// What a sequence should hold.
        private struct Held {
            var tokens: [Int32] = []
            var kept = [0, 0]

            mutating func append(_ new: [Int32]) {
                kept = zip(kept, windows).map { max($0, PlainStore.firstKept(tokens.count, $1)) }
                tokens += new
            }

            func canTruncate(to length: Int) -> Bool {
                length == 0 || length >= tokens.count
                    || zip(kept, windows).allSatisfy { PlainStore.firstKept(length, $1) >= $0 }
            }
        }

        @Test(arguments: zip(CacheFormat.allCases, [1, 2, 3]))
        func `1000 operations at random leave every sequence as a fresh one would be`(
            format: CacheFormat, threads: Int
        ) throws {
            var random = SeededRandom(seed: threads)
            let program = try Self.program()
            let options = try Interpreter.Options.small(
                Kernels.best.name, threads: threads, cache: format, contextLength: 200, stepTokens: 200)
            var interpreter = try Interpreter(program, options)
            var fresh = try Interpreter(program, options)
            var expected = [0: Held()]
            var saved: [(tokens: [Int32], parts: [String: [UInt8]])] = []
            for number in 0..<1_000 {
                let sequence = random.pick(expected.keys.sorted())
                guard var held = expected[sequence] else { continue }
                switch random.below(10) {
                case 0...4:
                    let new = someTokens(random.below(random.pick([1, 5, 90])) + 1, seed: number)
                    guard held.tokens.count + new.count <= 200 else {
                        interpreter.truncate(sequence: sequence, to: 0)
                        expected[sequence] = Held()
                        break
                    }
                    held.append(new)
                    let rows = try interpreter.run(
                        new, [SequencePart(sequence: sequence, count: new.count, outputs: .all)])
                    fresh.truncate(to: 0)
                    let all = try fresh.run(held.tokens)
                    #expect(rows == Array(all.suffix(new.count)), "after operation \(number)")
                    expected[sequence] = held
                case 5, 6:
                    guard expected.count < 6 else { break }
                    expected[interpreter.fork(sequence: sequence)] = held
                case 7:
                    let length = max(0, held.tokens.count - random.below(random.pick([3, 60, 200])))
                    let isPossible = interpreter.truncate(sequence: sequence, to: length)
                    #expect(isPossible == held.canTruncate(to: length))
                    guard isPossible, length < held.tokens.count else { break }
                    held.tokens.removeSubrange(length...)
                    if length == 0 { held.kept = [0, 0] }
                    expected[sequence] = held
                case 8:
                    saved.append((held.tokens, Self.parts(interpreter, sequence)))
                    if let (tokens, parts) = saved.randomElement(using: &random) {
                        let isWhole = try interpreter.restore(sequence: sequence, length: tokens.count) { store, part in
                            let bytes = parts[part.name] ?? []
                            return store.fill(part, sequence, from: unsafe bytes.span.bytes)
                        }
                        #expect(isWhole)
                        expected[sequence] = Held(
                            tokens: tokens, kept: Self.windows.map { PlainStore.firstKept(tokens.count, $0) })
                    }
                default:
                    if expected.count > 2 {
                        interpreter.close(sequence: sequence)
                        expected[sequence] = nil
                    } else {
                        expected[interpreter.open()] = Held()
                    }
                }
            }
            for (sequence, held) in expected {
                #expect(interpreter.store.length(of: sequence) == held.tokens.count)
                interpreter.close(sequence: sequence)
            }
            #expect(interpreter.store.usedByteCount == 0)
        }

        private static func parts(_ interpreter: borrowing Interpreter, _ sequence: Int) -> [String: [UInt8]] {
            var found: [String: [UInt8]] = [:]
            for part in interpreter.store.parts(length: interpreter.store.length(of: sequence)) {
                interpreter.store.withBytes(of: part, sequence) { found[part.name, default: []] += $0.copied }
            }
            return found
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
            let part = [SequencePart(sequence: fork, count: 1, outputs: .all)]
            #expect(try interpreter.run([1], part).count == 1)
        }

        @Test(arguments: [1, 2]) func `a cancelled step leaves a fork's sequence as it was`(threads: Int) throws {
            let program = try Self.program()
            var interpreter = try Interpreter(program, .small(threads: threads))
            let tokens = someTokens(30)
            let expected = try interpreter.run(tokens)
            interpreter.truncate(to: 20)
            let fork = interpreter.fork(sequence: 0)
            let part = [SequencePart(sequence: fork, count: 10, outputs: .all)]
            interpreter.cancellation.cancel()
            #expect(throws: InterpreterError.cancelled) { try interpreter.run(someTokens(10, seed: 3), part) }
            #expect(interpreter.store.length(of: fork) == 20)
            #expect(try interpreter.run(Array(tokens[20...]), part) == Array(expected[20...]))
            #expect(try interpreter.run(Array(tokens[20...])) == Array(expected[20...]))
        }
    }
}
