import Graph
import Tensors
import Testing

extension BuilderTests {
    @Test func `a scaled value has its columns and rows`() {
        #expect(
            error { g in try g.scaleColumns(g.input(columns: 64), by: ones("v", 63)) }
                == .shapes(operation: "v", expected: "64 columns", found: "63"))
        #expect(
            error { g in try g.scaleRows(g.input(columns: 64), by: g.input(columns: 2)) }
                == .shapes(operation: "scale rows", expected: "a number for every row of tokens", found: "2 for tokens")
        )
        #expect(error { g in try g.scaleRows(g.selectRows(g.input()), by: g.input(columns: 1)) } != nil)
    }

    @Test func `bounds are in order`() {
        for cap in [0, -1, Float.nan, .infinity] { #expect(error { g in try g.softcap(g.input(), at: cap) } != nil) }
        for (low, high) in [(1, -1), (Float.nan, 1), (0, Float.nan)] {
            #expect(error { g in try g.clamp(g.input(), low: low, high: high) } != nil)
        }
        #expect(error { g in try g.clampedSwiGLU(g.input(), g.input(), limit: 0) } != nil)
        #expect(error { g in try g.clampedSwiGLU(g.input(columns: 32), g.input(columns: 64)) } != nil)
    }

    @Test func `a norm of heads takes one weight, one a head or none`() {
        func norm(_ columns: Int, _ headDimension: Int, _ weight: Int?) -> GraphError? {
            error { g in
                let weight = try weight.map { try ones("w", $0) }
                return try g.normHeads(
                    g.input(columns: columns), .rms, headDimension: headDimension, weight: weight, epsilon: 1e-5)
            }
        }
        for weight in [nil, 16, 64] { #expect(norm(64, 16, weight) == nil) }
        for (headDimension, weight) in [(16, 32), (24, nil), (0, nil), (-1, nil)] as [(Int, Int?)] {
            #expect(norm(64, headDimension, weight) != nil)
        }
    }
}
