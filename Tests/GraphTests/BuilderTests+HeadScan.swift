import Graph
import Tensors
import Testing

extension BuilderTests {
    @Test func `a scan by heads states what a sequence remembers`() throws {
        let program = try compile { g in
            let x = try g.input(columns: 64)
            let b = try g.product(x, "b", rows: 32)
            let delta = try g.activate(g.product(x, "delta", rows: 8), .softplus)
            return try g.headScan(x, delta: delta, a: ones("a", 8), b: b, c: b, d: ones("d", 8), groups: 2)
        }
        #expect(program.states == [.recurrent(bytes: 4 * 64 * 16)])
    }

    @Test func `a scan by heads needs values of one size`() {
        func isError(
            heads: Int = 8, d: Int = 8, delta: Int = 8, b: Int = 32, c: Int = 32, groups: Int = 2
        ) -> Bool {
            error { g in
                try g.headScan(
                    g.input(columns: 64), delta: g.input(columns: delta), a: ones("a", heads), b: g.input(columns: b),
                    c: g.input(columns: c), d: ones("d", d), groups: groups)
            } != nil
        }
        #expect(!isError() && !isError(groups: 8) && !isError(groups: 1))
        #expect(isError(heads: 7) && isError(d: 7) && isError(delta: 16))
        #expect(isError(c: 16) && isError(b: 33, c: 33) && isError(groups: 3) && isError(groups: 0))
        #expect(
            error { g in
                let x = try g.selectRows(g.input())
                return try g.headScan(x, delta: x, a: ones("a", 64), b: x, c: x, d: ones("d", 64), groups: 1)
            } != nil)
    }
}
