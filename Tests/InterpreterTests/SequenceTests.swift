import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Steps and sequences: however the tokens come, the result is that of the whole sequence at once.
    @Suite struct SequenceTests {
        private let program: Program

        init() throws {
            program = try Net.program(seed: 5) { try $0.randomDecoder(blocks: 6, formats: [.f32, .f16]) }
        }

        private func quantized() throws -> Program {
            try Net.program(seed: 6) { try $0.randomDecoder(blocks: 6, formats: [.q8_0, .q4_0]) }
        }

        private let tokens = someTokens(23)

        @Test(arguments: instructionSets, [1, 2, 3, 5, 7, 16, 22])
        func `a prompt in chunks gives what it gives whole`(instructionSet: String, chunk: Int) throws {
            for program in [program, try quantized()] {
                var whole = try Interpreter(program, .small(instructionSet))
                var chunked = try Interpreter(program, .small(instructionSet, threads: 2, stepTokens: chunk))
                let expected = try whole.run(tokens)
                let found = try chunked.run(tokens, chunk: chunk)
                #expect(chunked.store.length(of: 0) == tokens.count)
                if instructionSet == "scalar" {
                    #expect(found == expected)
                } else {
                    #expect(difference(found, expected) <= 0.02)  // quants may round the other way
                }
            }
        }

        @Test(arguments: instructionSets, 1...3)
        func `sequences in one step give what each gives alone`(instructionSet: String, threads: Int) throws {
            let lengths = [1, 5, 11, 2]
            let all = lengths.indices.map { someTokens(lengths[$0], seed: $0) }
            let parts = [2, 0, 3, 1].map { BatchEntry(sequence: $0, count: lengths[$0], outputs: .all) }
            var together = try Interpreter(program, .small(instructionSet, threads: threads, sequences: 4))
            let found = try together.run(parts.flatMap { all[$0.sequence] }, parts)
            var row = 0
            for part in parts {
                var alone = try Interpreter(program, .small(instructionSet))
                let expected = try alone.run(all[part.sequence])
                let own = Array(found[row..<row + part.count])
                #expect(together.store.length(of: part.sequence) == part.count)
                if instructionSet == "scalar" { #expect(own == expected) }
                #expect(difference(own, expected) <= floatTolerance)
                row += part.count
            }
        }

        @Test(arguments: instructionSets)
        func `entries of any lengths give the bits that each gives alone`(instructionSet: String) throws {
            for program in [program, try quantized()] { try checkCompany(program, instructionSet) }
        }

        /// One token and two are few enough for every instruction set to stream the weights, as are three.
        @Test(arguments: instructionSets)
        func `few tokens of two sequences give the very bits that each gives alone`(instructionSet: String) throws {
            var together = try Interpreter(program, .small(instructionSet, threads: 2, sequences: 2))
            var first = try Interpreter(program, .small(instructionSet))
            var second = try Interpreter(program, .small(instructionSet))
            for step in 0..<4 {
                let (a, b) = (someTokens(1, seed: step), someTokens(2, seed: step + 50))
                let found = try together.run(
                    a + b,
                    [
                        BatchEntry(sequence: 0, count: 1, outputs: .all),
                        BatchEntry(sequence: 1, count: 2, outputs: .all),
                    ])
                #expect(try found == first.run(a) + second.run(b))
            }
        }

        /// With many sequences a thread computes all heads of one.
        @Test(arguments: [AttentionMask.causal, .bidirectional, .window(radius: 5), .sliding(length: 4)], 1...3)
        func `attention within a step keeps ragged sequences apart`(mask: AttentionMask, threads: Int) throws {
            var net = Net(seed: 9)
            let heads = Heads(queries: 4, keyValues: 2, keyDimension: 16, valueDimension: 16)
            let x = try net.add(net.embedding(columns: 64), net.positionEmbedding(columns: 64))
            let keys = try net.slice(x, 0..<32)
            let values = try net.slice(x, 32..<64)
            let output = try net.attention(query: x, keys: keys, values: values, heads, mask, cached: false)
            let program = net.program(output)
            let lengths = (0..<20).map { [3, 40, 1, 17][$0 % 4] }
            let all = lengths.indices.map { someTokens(lengths[$0], seed: $0) }
            let expected = all.flatMap { net.reference(output, $0) }
            let parts = lengths.indices.map { BatchEntry(sequence: $0, count: lengths[$0], outputs: .none) }
            for instructionSet in instructionSets {
                var interpreter = try Interpreter(
                    program, .small(instructionSet, threads: threads, sequences: 20, stepTokens: 400))
                let found = try interpreter.run(all.flatMap(\.self), parts)
                #expect(difference(found, expected) <= floatTolerance, "\(instructionSet)")
            }
        }

        /// With more than one thread, few tokens' attention is divided by KV splits.
        @Test(arguments: instructionSets, CacheFormat.allCases)
        func `a long context gives the same bits on any number of threads`(
            instructionSet: String, format: CacheFormat
        ) throws {
            var net = Net(seed: 10)
            let heads = Heads(queries: 4, keyValues: 2, keyDimension: 32, valueDimension: 32)
            let query = try net.embedding(columns: 128)
            let keys = try net.slice(query, 0..<64)
            let values = try net.slice(query, 64..<128)
            let output = try net.attention(query: query, keys: keys, values: values, heads, .causal)
            let program = net.program(output)
            let context = someTokens(SplitPartials.positions - 1)
            var results: [[[Float]]] = []
            for threads in 1...3 {
                var interpreter = try Interpreter(
                    program,
                    .small(
                        instructionSet, threads: threads, cache: format,
                        contextLength: 2 * SplitPartials.positions + 20,
                        stepTokens: 600))
                var rows = try interpreter.run(context)
                for count in [1, 1, 3, 1] { rows += try interpreter.run(someTokens(count, seed: count)) }
                rows += try interpreter.run(context)
                rows += try interpreter.run(someTokens(3, seed: 4))
                results.append(rows)
            }
            #expect(results[1] == results[0] && results[2] == results[0])
            #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
        }

        @Test func `only the rows asked for come back`() throws {
            var interpreter = try Interpreter(program, .small(sequences: 3))
            var reference = try Interpreter(program, .small(sequences: 3))
            let parts = { (outputs: [BatchEntry.Outputs]) in
                outputs.enumerated().map { BatchEntry(sequence: $0.offset, count: 4, outputs: $0.element) }
            }
            let tokens = someTokens(12)
            let all = try reference.run(tokens, parts([.all, .all, .all]))
            #expect(try interpreter.run(tokens, parts([.last, .none, .all])) == [all[3]] + all[8...])
            let none = try interpreter.run(tokens, parts([.none, .none, .none]))
            #expect(none.isEmpty)
            let next = try reference.run(tokens, parts([.all, .all, .all]))
            for sequence in 0..<3 { interpreter.truncate(sequence: sequence, to: 4) }
            #expect(try interpreter.run(tokens, parts([.none, .last, .none])) == [next[7]])
        }

        @Test func `a sequence goes on from where it was cut`() throws {
            var straight = try Interpreter(program, .small())
            let expected = try straight.run(tokens)
            var cut = try Interpreter(program, .small())
            _ = try cut.run(Array(tokens[..<10]) + someTokens(9, seed: 7))
            cut.truncate(to: 10)
            #expect(cut.store.length(of: 0) == 10)
            #expect(try cut.run(Array(tokens[10...])) == Array(expected[10...]))
            cut.truncate(to: 100)
            #expect(cut.store.length(of: 0) == tokens.count)
            cut.truncate(to: -1)
            #expect(cut.store.length(of: 0) == 0)
            #expect(try cut.run(tokens) == expected)
        }

        @Test func `cutting one sequence leaves the others alone`() throws {
            var interpreter = try Interpreter(program, .small(sequences: 2))
            let parts = [
                BatchEntry(sequence: 0, count: 5, outputs: .all), BatchEntry(sequence: 1, count: 5, outputs: .all),
            ]
            let before = try interpreter.run(tokens.prefix(10).map { $0 }, parts)
            interpreter.truncate(sequence: 0, to: 2)
            #expect(interpreter.store.length(of: 0) == 2 && interpreter.store.length(of: 1) == 5)
            let again = try interpreter.run(
                Array(tokens[2..<5]), [BatchEntry(sequence: 0, count: 3, outputs: .all)])
            #expect(again == Array(before[2..<5]))
        }

        @Test func `a step never takes more tokens than all contexts hold`() throws {
            let interpreter = try Interpreter(program, .small(contextLength: 3, sequences: 2, stepTokens: 512))
            #expect(interpreter.stepTokens == 6)
            let least = try Interpreter(program, .small(stepTokens: 0))
            #expect(least.stepTokens == 1)
        }

        @Test func `a context shorter than a step fills to its last position`() throws {
            var interpreter = try Interpreter(program, .small(contextLength: 23, stepTokens: 512))
            var reference = try Interpreter(program, .small())
            #expect(try interpreter.run(tokens) == reference.run(tokens))
            #expect(interpreter.store.length(of: 0) == 23)
        }
    }
}
