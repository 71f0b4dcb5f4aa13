import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Each operation by itself, on every instruction set and on one to three threads, against double arithmetic.
    @Suite struct OperationTests {
        /// Runs the net on one sequence in one step.
        func check(
            tokens count: Int = 7, tolerance: Double = floatTolerance, cache: CacheFormat = .f32,
            _ build: (inout Net) throws -> Net.Tensor
        ) throws {
            var net = Net(seed: count)
            let output = try build(&net)
            let tokens = someTokens(count)
            let expected = net.reference(output, tokens)
            let variants = instructionSets.map { ($0, 1) } + [(Kernels.best.name, 2), ("scalar", 3)]
            for layout in [WeightLayout.blocks, .packed] {
                let program = net.program(output, layout)
                for (instructionSet, threads) in variants {
                    let options = try Interpreter.Options.small(
                        instructionSet, threads: threads, cache: cache, contextLength: max(64, count),
                        stepTokens: max(64, count))
                    var interpreter = try Interpreter(program, options)
                    let found = try interpreter.run(tokens)
                    #expect(
                        difference(found, expected) <= tolerance, "\(instructionSet), \(threads) threads, \(layout)")
                }
            }
        }

        @Test(arguments: EncodedWeight.Format.allCases)
        func `an embedding is read in every format`(format: EncodedWeight.Format) throws {
            try check(tolerance: 0) { try $0.embedding(columns: 64, format) }
        }

        @Test func `positions have an embedding`() throws {
            try check(tolerance: 0) { try $0.positionEmbedding(columns: 48) }
        }

        @Test(arguments: EncodedWeight.Format.allCases, [1, 3, 4, 5, 8, 9, 17])
        func `a product reads every format, for few tokens and many`(format: EncodedWeight.Format, count: Int) throws {
            try check(tokens: count, tolerance: format.isQuantized ? quantizedTolerance : floatTolerance) { net in
                let x = try net.embedding(columns: 96)
                return try net.linear(x, rows: 70, format, bias: true)
            }
        }

        @Test(arguments: [1, 15, 16, 300, 1_000]) func `a product has any number of rows`(rows: Int) throws {
            try check(tokens: 9) { net in try net.linear(net.embedding(columns: 32), rows: rows) }
        }

        @Test(arguments: [(1, 96, 3), (70, 32, 96), (64, 288, 97), (300, 160, 200)])
        func `a quantized product has any shape`(rows: Int, columns: Int, tokens: Int) throws {
            try check(tokens: tokens, tolerance: 2 * quantizedTolerance) { net in
                let x = try net.embedding(columns: columns)
                let up = try net.activate(net.linear(x, rows: columns, .q8_0, bias: true), .gelu)
                return try net.linear(up, rows: rows, .q8_0)
            }
        }

        @Test(arguments: [1, 9, 100], [false, true])
        func `what float weights give is quantized for the next product`(count: Int, gated: Bool) throws {
            try check(tokens: count, tolerance: 2 * quantizedTolerance) { net in
                let x = try net.embedding(columns: 64)
                let gate = try net.activate(net.linear(x, rows: 416, .f16, bias: true), .gelu)
                let inner = gated ? try net.multiply(gate, net.linear(x, rows: 416, .f32)) : gate
                return try net.linear(inner, rows: 70, .q8_0)
            }
        }

        @Test(arguments: [1, 2, 33]) func `a float product has any number of columns`(columns: Int) throws {
            try check { net in try net.linear(net.embedding(columns: columns), rows: 20, .bf16) }
        }

        @Test(arguments: [false, true], [NormKind.rms, .layer])
        func `norms of rows`(quantized: Bool, kind: NormKind) throws {
            try check(tolerance: quantized ? quantizedTolerance : floatTolerance) { net in
                let n = try net.norm(net.embedding(columns: 96), kind, bias: kind == .layer)
                return quantized ? try net.add(n, net.linear(n, rows: 96, .q8_0)) : n
            }
        }

        @Test func `norms of heads`() throws {
            try check { net in try net.normHeads(net.embedding(columns: 96), headDimension: 24) }
        }

        @Test(arguments: [NormKind.rms, .layer], Net.HeadWeights.allCases)
        func `norms of heads with one weight, with one a head and without`(
            kind: NormKind, weights: Net.HeadWeights
        ) throws {
            try check { net in
                let x = try net.embedding(columns: 96)
                let heads = try net.normHeads(x, headDimension: 24, kind, weights)
                return try net.add(heads, net.normHeads(x, headDimension: 96, kind, weights))
            }
        }

        @Test(arguments: Activation.allCases) func `activations`(activation: Activation) throws {
            try check { net in net.activate(try net.embedding(columns: 50), activation) }
        }

        @Test(arguments: Activation.allCases, EncodedWeight.Format.allCases)
        func `gated products`(activation: Activation, format: EncodedWeight.Format) throws {
            try check(tokens: 9, tolerance: format.isQuantized ? 2 * quantizedTolerance : floatTolerance) { net in
                let x = try net.embedding(columns: 64)
                let gate = try net.linear(x, rows: 100, format, bias: true)
                let up = try net.linear(x, rows: 100, .f32, bias: true)
                return try net.multiply(net.activate(gate, activation), up)
            }
        }

        @Test func `sums and products`() throws {
            try check { net in
                let x = try net.embedding(columns: 40)
                return try net.multiply(net.add(x, net.positionEmbedding(columns: 40)), x)
            }
        }

        @Test(arguments: [RoPEPairing.interleaved, .neox], [16, 8])
        func `rotations, of whole heads and of a part`(pairing: RoPEPairing, rotated: Int) throws {
            try check { net in
                try net.rope(net.embedding(columns: 64), rotated: rotated, headDimension: 16, pairing, factor: 2)
            }
        }

        @Test(arguments: [RoPEPairing.interleaved, .neox])
        func `a rotation leaves a value alone that something else reads`(pairing: RoPEPairing) throws {
            try check { net in
                let x = try net.embedding(columns: 64)
                let rotated = try net.rope(x, rotated: 16, headDimension: 16, pairing)
                return try net.add(net.activate(x, .relu), rotated)
            }
        }

        @Test func `columns are read where they are`() throws {
            try check(tokens: 9, tolerance: quantizedTolerance) { net in
                let x = try net.embedding(columns: 96)
                let a = try net.slice(x, 32..<64)
                let b = try net.rope(
                    net.slice(net.slice(x, 8..<80), 24..<56), rotated: 8, headDimension: 16, .neox)
                let c = try net.norm(net.add(a, b))
                let d = try net.add(net.linear(a, rows: 32, .q8_0), net.slice(x, 0..<32))
                return try net.add(
                    net.multiply(c, net.activate(net.slice(x, 64..<96), .silu)), net.linear(d, rows: 32))
            }
        }

        @Test func `columns may be the result`() throws {
            try check { net in try net.slice(net.linear(net.embedding(columns: 8), rows: 30), 11..<19) }
        }

        /// Heads of every kind of group: alone, shared, and more than one call takes.
        static let heads = [
            Heads(queries: 4, keyValues: 4, keyDimension: 16, valueDimension: 16),
            Heads(queries: 6, keyValues: 2, keyDimension: 8, valueDimension: 24),
            Heads(queries: 5, keyValues: 1, keyDimension: 10, valueDimension: 6),
            Heads(queries: 100, keyValues: 1, keyDimension: 4, valueDimension: 4),
        ]

        @Test(arguments: heads, [1, 33])
        func `causal attention to the cache`(heads: Heads, count: Int) throws {
            try check(tokens: count) { try Self.attention(&$0, heads, .causal, cached: true) }
        }

        @Test(arguments: heads, [AttentionMask.causal, .bidirectional])
        func `attention within the step`(heads: Heads, mask: AttentionMask) throws {
            try check(tokens: 33) { try Self.attention(&$0, heads, mask, cached: false) }
        }

        @Test func `a float16 cache rounds keys and values`() throws {
            try check(tokens: 9, tolerance: 2e-3, cache: .f16) {
                try Self.attention(&$0, Self.heads[1], .causal, cached: true)
            }
        }

        @Test func `fused queries, keys and values are attended to where they are`() throws {
            try check(tokens: 20) { net in
                let heads = Self.heads[1]
                let fused = try net.linear(net.embedding(columns: 32), rows: 48 + 16 + 48)
                return try net.attention(
                    query: net.slice(fused, 0..<48), keys: net.slice(fused, 48..<64),
                    values: net.slice(fused, 64..<112), heads, .bidirectional, cached: false)
            }
        }

        private static func attention(
            _ net: inout Net, _ heads: Heads, _ mask: AttentionMask, cached: Bool
        ) throws -> Net.Tensor {
            let x = try net.embedding(columns: 32)
            let query = try net.linear(x, rows: heads.queries * heads.keyDimension)
            let keys = try net.linear(x, rows: heads.keyValues * heads.keyDimension)
            let values = try net.linear(
                net.add(x, net.positionEmbedding(columns: 32)), rows: heads.keyValues * heads.valueDimension)
            return try net.attention(query: query, keys: keys, values: values, heads, mask, cached: cached)
        }
    }
}
