import Graph
import Tensors
import Testing

extension BuilderTests {
    @Test func `streams have a size, and weights for each pair`() {
        func mix(_ columns: Int, _ others: Int, weights: Int?, size: Int, first: Int = 0) -> GraphError? {
            error { g in
                let weights = try weights.map { try g.input(columns: $0) }
                return try g.mixStreams(
                    g.input(columns: columns), g.input(columns: others), weights: weights, size: size, first: first)
            }
        }
        #expect(mix(64, 32, weights: 8, size: 16) == nil)
        #expect(mix(64, 16, weights: nil, size: 16, first: 4) == nil)
        #expect(mix(64, 32, weights: 7, size: 16) != nil)
        for size in [0, -16, 15, 128] { #expect(mix(64, 32, weights: nil, size: size) != nil) }
        for first in [-1, 5] { #expect(mix(64, 32, weights: nil, size: 16, first: first) != nil) }
        #expect(
            error { g in try g.mixStreams(g.selectRows(g.input()), g.input(), size: 64) } != nil)
    }

    @Test func `magnitudes are of rows of one size, deviations finite`() {
        #expect(error { g in try g.matchMagnitude(g.input(columns: 32), to: g.input(columns: 64)) } != nil)
        for deviations in [Float.nan, .infinity, -.infinity] {
            #expect(error { g in try g.statisticalTopK(g.input(), deviations: deviations) } != nil)
        }
    }

    @Test func `values that are the first columns of the keys are cached with them`() throws {
        func states(_ columns: Range<Int>) throws -> [StateSpec?] {
            try compile { g in
                let x = try g.input(columns: 64)
                let keys = try g.product(x, "keys", rows: 48)
                let heads = Heads(queries: 1, keyValues: 1, keyDimension: 48, valueDimension: 32)
                let cached = KeyValues(keys: keys, values: try g.slice(keys, columns))
                return try g.attention(
                    g.product(x, "queries", rows: 48), .cache(layer: 0, append: cached), heads, mask: .causal, scale: 1)
            }.states
        }
        #expect(try states(0..<32) == [.keyValues(keyColumns: 48, valueColumns: 0, window: nil)])
        #expect(try states(16..<48) == [.keyValues(keyColumns: 48, valueColumns: 32, window: nil)])
    }
}
