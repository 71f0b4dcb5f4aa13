import Graph
import Tensors
import Testing

@Suite struct ScoreBiasTests {
    /// 2^(-8/n), 2^(-16/n), ... for n = 8; for 12 heads these and every second one of 16 heads (arXiv:2108.12409).
    @Test func `slopes of ALiBi are those of the paper`() {
        func slope(_ head: Int, of heads: Int) -> Float { ScoreBias.slope(maxBias: 8, head: head, of: heads) }
        let eight = (0..<8).map { Float(1) / Float(2 << $0) }
        #expect((0..<8).map { slope($0, of: 8) } == eight)
        #expect((0..<8).map { slope($0, of: 12) } == eight)
        #expect((8..<12).map { slope($0, of: 12) } == [0.5, 1.5, 2.5, 3.5].map { Float(Power.of(2, -$0)) })
    }

    /// Worked out by hand for 32 buckets up to 128: of 16, eight for one distance each, then up to 8 times a power of the
    /// root of 2 each; of 32, sixteen, then up to 16 times a power of the sixteenth root of 8.
    @Test func `buckets are those of T5`() {
        func bucket(_ distance: Int, _ bidirectional: Bool) -> Int {
            ScoreBias.bucket(distance, of: 32, bidirectional: bidirectional, maxDistance: 128)
        }
        let both = [(0, 0), (-1, 1), (-7, 7), (-8, 8), (-11, 8), (-12, 9), (-15, 9), (-16, 10), (-31, 11), (-32, 12)]
        for (distance, expected) in both {
            #expect(bucket(distance, true) == expected)
            if distance < 0 { #expect(bucket(-distance, true) == expected + 16) }
        }
        for (distance, expected) in [(-63, 13), (-64, 14), (-90, 14), (-91, 15), (-1000, 15), (1000, 31)] {
            #expect(bucket(distance, true) == expected)
        }
        for (distance, expected) in [
            (5, 0), (0, 0), (-15, 15), (-16, 16), (-18, 16), (-19, 17), (-127, 31), (-500, 31),
        ] {
            #expect(bucket(distance, false) == expected)
        }
    }

    @Test func `attentions that add the same share a table`() throws {
        let heads = Heads(queries: 4, keyValues: 4, keyDimension: 16, valueDimension: 16)
        let table = try matrix("relative", rows: 32, columns: 4)
        let program = try compile { g in
            var x = try g.input()
            for bias in [
                ScoreBias.relative(table, bidirectional: true, maxDistance: 128), .alibi(maxBias: 8),
                .relative(table, bidirectional: true, maxDistance: 128), .alibi(maxBias: 8), .alibi(maxBias: 4),
            ] {
                let batch = KeySource.batch(KeyValues(keys: x, values: x))
                x = try g.attention(x, batch, heads, mask: .bidirectional, bias: bias, scale: 1)
            }
            return x
        }
        #expect(program.biases.count == 3)
    }

    @Test func `a table needs a column for each head, and buckets that reach`() throws {
        let heads = Heads(queries: 4, keyValues: 4, keyDimension: 16, valueDimension: 16)
        func fails(
            _ rows: Int, _ columns: Int, _ mask: AttentionMask = .bidirectional, bidirectional: Bool = true,
            reach: Int = 128
        ) throws -> Bool {
            let bias = ScoreBias.relative(
                try matrix("relative", rows: rows, columns: columns), bidirectional: bidirectional, maxDistance: reach)
            do {
                _ = try compile { g in
                    let x = try g.input()
                    let batch = KeySource.batch(KeyValues(keys: x, values: x))
                    return try g.attention(x, batch, heads, mask: mask, bias: bias, scale: 1)
                }
                return false
            } catch is GraphError {
                return true
            }
        }
        #expect(try !fails(32, 4))
        #expect(try fails(32, 5) && fails(31, 4) && fails(2, 4) && fails(32, 4, reach: 8))
        #expect(try fails(32, 4, bidirectional: false))
        #expect(try !fails(32, 4, .causal, bidirectional: false))
    }
}
