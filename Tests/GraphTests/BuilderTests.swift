import Graph
import Tensors
import TestSupport
import Testing

@Suite struct BuilderTests {
    func error(_ build: (inout GraphBuilder) throws -> Node) -> GraphError? {
        var builder = GraphBuilder()
        do {
            _ = try build(&builder)
            return nil
        } catch {
            return error as? GraphError
        }
    }

    @Test func `every operation states its shape`() throws {
        var g = GraphBuilder()
        let x = try g.input(columns: 64)
        #expect(g.shape(of: x) == Shape(domain: .tokens, columns: 64))
        let y = try g.product(x, "w", rows: 96)
        #expect(g.shape(of: y) == Shape(domain: .tokens, columns: 96))
        let view = try g.slice(y, 32..<48)
        #expect(g.shape(of: view) == Shape(domain: .tokens, columns: 16))
        let norm = try g.norm(y)
        #expect(g.shape(of: norm).columns == 96)
        let activated = g.activate(y, .gelu)
        #expect(g.shape(of: activated).columns == 96)
        let table = try g.ropeTable(RoPE(rotated: 8, base: 10_000, pairing: .neox))
        #expect(g.shape(of: table) == Shape(domain: .tokens, columns: 8))
        let rotated = try g.rope(x, table: table, headDimension: 16, pairing: .neox)
        #expect(g.shape(of: rotated).columns == 64)
        let heads = Heads(queries: 4, keyValues: 2, keyDimension: 16, valueDimension: 8)
        let keys = try g.slice(x, 0..<32)
        let values = try g.slice(x, 0..<16)
        let attended = try g.attention(x, .batch(KeyValues(keys: keys, values: values)), heads, mask: .causal, scale: 1)
        #expect(g.shape(of: attended) == Shape(domain: .tokens, columns: 32))
        let outputs = try g.selectRows(attended)
        #expect(g.shape(of: outputs) == Shape(domain: .outputs, columns: 32))
        let sum = try g.add(outputs, outputs)
        #expect(g.shape(of: sum).domain == .outputs)
    }

    @Test func `a product needs its weight's columns`() {
        let found = error { g in try g.linear(g.input(columns: 64), matrix("blk.0.w", rows: 8, columns: 32)) }
        #expect(found == .shapes(operation: "blk.0.w", expected: "64 columns", found: "32"))
        #expect(found?.description == "blk.0.w needs 64 columns, found 32")
    }

    @Test func `a bias needs the weight's rows`() {
        let found = error { g in
            try g.linear(g.input(), matrix("w", rows: 8, columns: 64), bias: ones("b", 9))
        }
        #expect(found == .shapes(operation: "b", expected: "8 columns", found: "9"))
    }

    @Test func `a norm needs a weight for every column`() {
        let found = error { g in try g.norm(g.input(), .rms, weight: ones("n", 63), epsilon: 0) }
        #expect(found == .shapes(operation: "n", expected: "64 columns", found: "63"))
        let bias = error { g in
            try g.norm(g.input(), .layer, weight: ones("n", 64), bias: ones("b", 1), epsilon: 0)
        }
        #expect(bias == .shapes(operation: "b", expected: "64 columns", found: "1"))
    }

    @Test func `an RMSNorm has no bias`() {
        let found = error { g in
            try g.norm(g.input(), .rms, weight: ones("n", 64), bias: ones("b", 64), epsilon: 0)
        }
        #expect(found == .shapes(operation: "b", expected: "a LayerNorm", found: "an RMSNorm"))
    }

    @Test func `a norm of heads needs whole heads`() {
        let found = error { g in try g.normHeads(g.input(), .rms, weight: ones("n", 24), epsilon: 0) }
        #expect(found == .shapes(operation: "n", expected: "heads of 24", found: "64 columns"))
    }

    @Test(arguments: [-1..<4, 0..<65, 8..<8, 64..<65])
    func `the columns of a slice must be there`(range: Range<Int>) {
        let found = error { g in try g.slice(g.input(), range) }
        guard case .shapes("slice", _, "64") = found else {
            Issue.record("found \(String(describing: found))")
            return
        }
    }

    @Test func `sums and products need two values of one shape`() {
        let sum = error { g in try g.add(g.input(columns: 64), g.input(columns: 32)) }
        #expect(sum == .shapes(operation: "add", expected: "two values of one shape", found: "64 and 32 columns"))
        let product = error { g in try g.multiply(g.input(columns: 1), g.input(columns: 2)) }
        #expect(
            product == .shapes(operation: "multiply", expected: "two values of one shape", found: "1 and 2 columns"))
    }

    @Test func `a row for every token and one for every output do not add up`() {
        let found = error { g in
            let x = try g.input()
            return try g.add(x, g.selectRows(x))
        }
        guard case .shapes("add", _, _) = found else {
            Issue.record("found \(String(describing: found))")
            return
        }
    }

    @Test(arguments: [0, 1, 7, -2]) func `a rope table rotates an even number of elements`(rotated: Int) {
        let found = error { g in try g.ropeTable(RoPE(rotated: rotated, base: 10_000, pairing: .neox)) }
        #expect(found == .rope(rotated: rotated, headDimension: rotated))
    }

    @Test func `frequency factors are one for each pair`() {
        let found = error { g in
            try g.ropeTable(RoPE(rotated: 8, base: 1, frequencyFactors: ones("rope_freqs", 8), pairing: .neox))
        }
        #expect(found == .shapes(operation: "rope_freqs", expected: "4 columns", found: "8"))
    }

    @Test(arguments: [(8, 6), (8, 0), (8, -8)])
    func `no more of a head is rotated than it has`(rotated: Int, headDimension: Int) {
        let found = error { g in
            let table = try g.ropeTable(RoPE(rotated: rotated, base: 10_000, pairing: .neox))
            return try g.rope(g.input(), table: table, headDimension: headDimension, pairing: .neox)
        }
        #expect(found == .rope(rotated: rotated, headDimension: headDimension))
    }

    @Test func `rotation takes whole heads of every token`() {
        func rotated(_ headDimension: Int, _ input: @escaping (inout GraphBuilder) throws -> Node) -> GraphError? {
            error { g in
                let table = try g.ropeTable(RoPE(rotated: 8, base: 10_000, pairing: .neox))
                return try g.rope(input(&g), table: table, headDimension: headDimension, pairing: .neox)
            }
        }
        #expect(
            rotated(24) { try $0.input() }
                == .shapes(operation: "rope", expected: "heads of 24", found: "64 columns"))
        #expect(rotated(16) { g in try g.selectRows(g.input()) } != nil)
    }

    @Test(arguments: [(3, 2), (0, 1), (1, 0), (2, 4)])
    func `query heads share key heads evenly`(queries: Int, keyValues: Int) {
        let found = error { g in
            let x = try g.input()
            let heads = Heads(queries: queries, keyValues: keyValues, keyDimension: 8, valueDimension: 8)
            return try g.attention(x, .batch(KeyValues(keys: x, values: x)), heads, mask: .causal, scale: 1)
        }
        #expect(found == .heads(queries: queries, keyValues: keyValues))
    }

    @Test(arguments: [("query", 32, 32, 32), ("keys", 64, 16, 32), ("values", 64, 32, 64)])
    func `attention needs its heads' columns`(part: String, query: Int, keys: Int, values: Int) {
        let found = error { g in
            let heads = Heads(queries: 4, keyValues: 2, keyDimension: 16, valueDimension: 16)
            let query = try g.input(columns: query)
            let keys = try g.input(columns: keys)
            let values = try g.input(columns: values)
            return try g.attention(
                query, .cache(layer: 0, append: KeyValues(keys: keys, values: values)), heads,
                mask: .causal, scale: 1)
        }
        guard case .shapes("attention's \(part)", _, _) = found else {
            Issue.record("found \(String(describing: found))")
            return
        }
    }

    @Test func `attention takes every token, outputs are taken once`() {
        let attention = error { g in
            let x = try g.selectRows(g.input(columns: 32))
            let heads = Heads(queries: 2, keyValues: 2, keyDimension: 16, valueDimension: 16)
            return try g.attention(x, .batch(KeyValues(keys: x, values: x)), heads, mask: .causal, scale: 1)
        }
        #expect(attention != nil)
        #expect(error { g in try g.selectRows(g.selectRows(g.input())) } != nil)
    }

    @Test func `attention refuses what has no meaning`() throws {
        let heads = Heads(queries: 4, keyValues: 4, keyDimension: 16, valueDimension: 16)
        func fails(
            _ source: KeySource? = nil, mask: AttentionMask = .bidirectional, bias: ScoreBias? = nil,
            softcap: Float? = nil, sinks: Int = 4
        ) -> Bool {
            error { g in
                let x = try g.input()
                let source = source ?? .batch(KeyValues(keys: x, values: x))
                return try g.attention(
                    x, source, heads, mask: mask, bias: bias, scale: 1, softcap: softcap, sinks: ones("sinks", sinks))
            } != nil
        }
        #expect(!fails() && !fails(softcap: 50) && !fails(.cross(layer: 0)) && fails(.cache(layer: 0, append: nil)))
        #expect(fails(softcap: 0) && fails(softcap: -1) && fails(softcap: .nan))
        #expect(fails(sinks: 5))
        #expect(fails(mask: AttentionMask(back: -1, ahead: 0)) && fails(mask: AttentionMask(back: 0, ahead: -1)))
        #expect(fails(.cross(layer: 0), mask: .causal) && fails(.cross(layer: 0), bias: .alibi(maxBias: 8)))
    }
}
