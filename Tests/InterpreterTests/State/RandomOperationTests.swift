import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Sequences that are opened, forked, cut, snapshot, saved, restored and closed at random; each step must give
    /// what a fresh sequence gives.
    @Suite struct RandomOperationTests {
        /// The kinds of state of a net.
        enum Memory: CaseIterable, Sendable {
            /// Keys and values of all positions, of a window of 71 and of one of 4.
            case keyValues
            /// A convolution's inputs and a scan's state, twice; the second scan is by heads.
            case recurrent
            case keyValuesAndRecurrent
            /// Keys and values, the states of a delta net and those of RWKV-7.
            case keyValuesAndLinear
            /// Keys and values, its own and those of one of two texts.
            case cross

            var isFixed: Bool { self == .recurrent || self == .keyValuesAndRecurrent || self == .keyValuesAndLinear }

            func net() throws -> (Net, Net.Tensor) {
                var net = Net(seed: 91)
                var x = try net.embedding(columns: 64)
                if self != .recurrent { x = try net.windows(x) }
                if self == .keyValuesAndLinear {
                    x = try net.add(x, net.deltaNet(net.norm(x), size: 16, .f32))
                    x = try net.add(x, net.timeMix(net.norm(x), size: 16, removes: true, .f32))
                } else if isFixed {
                    x = try net.add(x, net.mamba(net.norm(x), inner: 96, size: 16, .f32))
                    x = try net.add(x, net.mamba2(net.norm(x), heads: 8, size: 16, .f32))
                }
                if self == .cross {
                    // The text is chosen by the step.
                    x = try net.norm(net.add(x, net.crossAttention(query: x, CrossText.heads, CrossText(text: 0))))
                }
                return (net, x)
            }
        }

        /// Every memory with every type that its keys and values may have.
        static let cases: [(memory: Memory, format: CacheFormat, threads: Int)] =
            [(.recurrent, .f32, 2)]
            + [Memory.keyValues, .keyValuesAndRecurrent, .keyValuesAndLinear, .cross].flatMap { memory in
                zip(CacheFormat.allCases, [1, 2, 3]).map { (memory, $0, $1) }
            }

        private static let capacity = 200

        @Test(arguments: cases)
        func `1000 operations at random leave every sequence as a fresh one would be`(
            given: (memory: Memory, format: CacheFormat, threads: Int)
        ) throws {
            var random = SeededRandom(seed: given.threads)
            let (net, output) = try given.memory.net()
            let program = net.program(output)
            let options = try Interpreter.Options.small(
                Kernels.best.name, threads: given.threads, cache: given.format, contextLength: Self.capacity,
                stepTokens: Self.capacity)
            var interpreter = try Interpreter(program, options)
            var fresh = try Interpreter(program, options)
            var first = try CrossText(text: 0).interpreter(given.format)
            var second = try CrossText(text: 1).interpreter(given.format)
            try CrossText(text: 0).run(&first)
            try CrossText(text: 1).run(&second)
            let texts = [first.crossCache(), second.crossCache()]
            var expected = [0: PlainStore.Sequence(cross: [0])]
            var saved: [(state: PlainStore.Sequence, parts: [String: [UInt8]])] = []
            for number in 0..<1_000 {
                let sequence = random.pick(expected.keys.sorted())
                guard let held = expected[sequence] else { continue }
                switch random.below(12) {
                case 0...4:
                    let new = someTokens(random.below(random.pick([1, 5, 90])) + 1, seed: number)
                    guard held.tokens.count + new.count <= Self.capacity else {
                        interpreter.truncate(sequence: sequence, to: 0)
                        _ = expected[sequence]?.truncate(to: 0, isFixed: given.memory.isFixed)
                        break
                    }
                    expected[sequence]?.append(new.map(Int.init))
                    let rows = try interpreter.run(new, sequence: sequence, cross: texts[held.cross[0]])
                    fresh.truncate(to: 0)
                    let all = try fresh.run(held.tokens.map(Int32.init) + new, sequence: 0, cross: texts[held.cross[0]])
                    #expect(rows == Array(all.suffix(new.count)), "after operation \(number)")
                case 5, 6:
                    guard expected.count < 6 else { break }
                    let fork = interpreter.fork(sequence: sequence)
                    #expect(expected[fork] == nil)
                    expected[fork] = held
                case 7, 8:
                    let length = max(0, held.tokens.count - random.below(random.pick([3, 60, Self.capacity])))
                    let isPossible = expected[sequence]?.truncate(to: length, isFixed: given.memory.isFixed)
                    #expect(interpreter.truncate(sequence: sequence, to: length) == isPossible)
                case 9:
                    interpreter.snapshot(sequence: sequence)
                    expected[sequence]?.snapshot()
                case 10:
                    saved.append((held.saved, Self.parts(interpreter, sequence)))
                    guard let (state, parts) = saved.randomElement(using: &random) else { break }
                    let isWhole = try interpreter.restore(sequence: sequence, length: state.tokens.count) {
                        store, part in
                        let bytes = parts[part.name] ?? []
                        return store.fill(part, sequence, from: unsafe bytes.span.bytes)
                    }
                    #expect(isWhole)
                    expected[sequence] = state
                default:
                    if expected.count > 2 {
                        interpreter.close(sequence: sequence)
                        expected[sequence] = nil
                    } else {
                        let opened = interpreter.open()
                        #expect(expected[opened] == nil)
                        expected[opened] = PlainStore.Sequence(cross: [random.below(2)])
                    }
                }
            }
            for (sequence, held) in expected {
                #expect(interpreter.store.length(of: sequence) == held.tokens.count)
                interpreter.close(sequence: sequence)
            }
            #expect(first.crossCache().length == 50 && second.crossCache().length == 90)  // which lived until here
            // The block of zeros stays.
            let empty = try Interpreter(program, options).store.usedByteCount
            #expect(interpreter.store.usedByteCount == empty && (empty > 0) == given.memory.isFixed)
        }

        private static func parts(_ interpreter: borrowing Interpreter, _ sequence: Int) -> [String: [UInt8]] {
            var found: [String: [UInt8]] = [:]
            for part in interpreter.store.parts(length: interpreter.store.length(of: sequence)) {
                interpreter.store.withBytes(of: part, sequence) { found[part.name, default: []] += $0.copied }
            }
            return found
        }

        @Test(arguments: instructionSets, [0, 1])
        func `cross-attention gives what plain code gives`(instructionSet: String, text: Int) throws {
            var net = Net(seed: 92)
            let cross = CrossText(text: text)
            let x = try net.embedding(columns: 64)
            let output = try net.crossAttention(query: x, CrossText.heads, cross)
            var stored = try cross.interpreter(.f32)
            try cross.run(&stored)
            var interpreter = try Interpreter(net.program(output), .small(instructionSet, threads: 2))
            let tokens = someTokens(30)
            let rows = try interpreter.run(tokens, sequence: 0, cross: stored.crossCache())
            #expect(difference(rows, net.reference(output, tokens)) <= 10 * floatTolerance)
        }
    }
}

extension Interpreter {
    /// A step of one sequence, whose rows are bit-identical to those of steps of single tokens.
    mutating func run(
        _ tokens: [Int32], sequence: Int, cross: CrossCache?
    ) throws(InterpreterError) -> [[Float]] {
        let entry = [BatchEntry(sequence: sequence, count: tokens.count, outputs: .all, products: .gemv, cross: cross)]
        try step(tokens.span, entries: entry.span, vocabulary: Net.vocabulary)
        return rows
    }
}
