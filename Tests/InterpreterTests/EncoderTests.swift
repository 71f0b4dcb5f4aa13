import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// What encoders need of a step: results for a text's first row or the mean of all, pairs of texts, and the same bits
    /// in any batch.
    @Suite struct EncoderTests {
        private let lengths = [3, 40, 1, 17, 2]

        private var texts: [[Int32]] { lengths.indices.map { someTokens(lengths[$0], seed: $0) } }

        private func entries(
            _ outputs: BatchEntry.Outputs, _ products: ProductKernels = .fastest
        ) -> [BatchEntry] {
            lengths.indices.map { BatchEntry(sequence: $0, count: lengths[$0], outputs: outputs, products: products) }
        }

        private func encoder(
            _ mask: AttentionMask, _ formats: [EncodedWeight.Format], _ layout: WeightLayout = .blocks
        ) throws -> Program {
            try Net.program(seed: 31, layout) { net in
                let heads = Heads(queries: 2, keyValues: 2, keyDimension: 32, valueDimension: 32)
                var x = try net.add(net.embedding(columns: 64), net.segmentEmbedding(columns: 64))
                for format in formats {
                    let qkv = try net.linear(net.norm(x, .layer, bias: true), rows: 192, format, bias: true)
                    let attention = try net.attention(
                        query: net.slice(qkv, 0..<64), keys: net.slice(qkv, 64..<128),
                        values: net.slice(qkv, 128..<192), heads, mask, cached: false)
                    x = try net.norm(net.add(x, net.linear(attention, rows: 64, format)), .layer, bias: true)
                    let up = try net.activate(net.linear(x, rows: 128, format), .gelu)
                    x = try net.norm(net.add(x, net.linear(up, rows: 64, format)), .layer, bias: true)
                }
                return try net.selectRows(x)
            }
        }

        private static let masks = [AttentionMask.bidirectional, .window(radius: 6)]

        @Test(arguments: instructionSets, masks)
        func `a text gives the very bits that it gives alone`(instructionSet: String, mask: AttentionMask) throws {
            for layout in [WeightLayout.blocks, .packed] { try checkCompany(instructionSet, mask, layout) }
        }

        private func checkCompany(_ instructionSet: String, _ mask: AttentionMask, _ layout: WeightLayout) throws {
            let program = try encoder(mask, [.q8_0, .f32, .q4_0, .f16], layout)
            var results: [[[Float]]] = []
            for threads in 1...3 {
                var together = try Interpreter(program, .small(instructionSet, threads: threads, sequences: 5))
                let tokens = texts.flatMap(\.self)
                try together.step(
                    tokens.span, entries: entries(.all, .gemm).span, vocabulary: Net.vocabulary)
                results.append(together.rows)
            }
            var alone: [[Float]] = []
            for text in texts {
                var interpreter = try Interpreter(program, .small(instructionSet))
                let entry = [BatchEntry(count: text.count, outputs: .all, products: .gemm)]
                try interpreter.step(text.span, entries: entry.span, vocabulary: Net.vocabulary)
                alone += interpreter.rows
            }
            #expect(results[0] == alone && results[1] == alone && results[2] == alone)
        }

        @Test(arguments: instructionSets, 1...3)
        func `results are of first rows, last rows or means`(instructionSet: String, threads: Int) throws {
            let program = try encoder(.bidirectional, [.f32])
            func run(_ outputs: BatchEntry.Outputs) throws -> [[Float]] {
                var interpreter = try Interpreter(program, .small(instructionSet, threads: threads, sequences: 5))
                return try interpreter.run(self.texts.flatMap(\.self), entries(outputs))
            }
            let all = try run(.all)
            var row = 0
            var rows: [[[Float]]] = []
            for length in lengths {
                rows.append(Array(all[row..<row + length]))
                row += length
            }
            #expect(try run(.first) == rows.map { $0[0] })
            #expect(try run(.last) == rows.compactMap(\.last))
            let means = rows.map { rows in
                rows[0].indices.map { column in rows.reduce(0) { $0 + Double($1[column]) } / Double(rows.count) }
            }
            #expect(difference(try run(.mean), means) <= floatTolerance)
        }

        @Test func `the second segment has a row of its own`() throws {
            var net = Net(seed: 32)
            let tokens = try net.embedding(columns: 8)
            let sum = try net.add(tokens, net.segmentEmbedding(columns: 8))
            let program = net.program(sum)
            var interpreter = try Interpreter(program, .small())
            func run(_ firstSegment: Int?) throws -> [[Float]] {
                interpreter.truncate(to: 0)
                return try interpreter.run(
                    [1, 1, 1, 1], [BatchEntry(count: 4, outputs: .all, firstSegment: firstSegment)])
            }
            let first = try run(nil)
            let second = try run(0)
            #expect(first[0] != second[0])
            #expect(try run(3) == [first[0], first[1], first[2], second[3]])
            #expect(try run(4) == first)
        }

        @Test func `a second segment that the model does not know is an error`() throws {
            let program = try Net.program(seed: 33) { try $0.embedding(columns: 8) }
            var interpreter = try Interpreter(program, .small())
            for firstSegment in [0, -1] {
                let error = #expect(throws: InterpreterError.self) {
                    _ = try interpreter.run(
                        [1, 1], [BatchEntry(count: 2, outputs: .all, firstSegment: firstSegment)])
                }
                #expect(error?.description.contains("second segment") == true)
            }
        }

        @Test func `a decoder that attends within the step gives what it gives with a cache`() throws {
            var net = Net(seed: 34)
            let output = try net.randomDecoder(blocks: 5, formats: [.f32])
            let graph = net.builder.graph(output: output.node)
            let cached = graph.compile()
            let within = graph.attendingWithinBatch().compile()
            #expect(!cached.states.isEmpty && within.states.isEmpty)
            let tokens = someTokens(23)
            var first = try Interpreter(cached, .small())
            var second = try Interpreter(within, .small())
            #expect(try first.run(tokens) == second.run(tokens))
        }
    }
}
