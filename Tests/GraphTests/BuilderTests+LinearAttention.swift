import Graph
import Tensors
import Testing

extension BuilderTests {
    @Test func `linear attention states what a sequence remembers`() throws {
        let program = try compile { g in
            let x = try g.tokenShift(g.input(columns: 64))
            let gates = try g.activate(g.product(x, "gates", rows: 4), .sigmoid)
            let attended = try g.gatedDeltaRule(
                query: g.slice(x, 0..<32), queryScale: 1, key: g.slice(x, 32..<64), keyScale: 1, value: x, decay: gates,
                rate: gates, keyHeads: 2, .grouped)
            return try g.wkv(receptance: x, decay: x, key: attended, value: x, headDimension: 32)
        }
        #expect(
            program.states
                == [.convolution(rows: 1, columns: 64), .recurrent(bytes: 4 * 16 * 64), .recurrent(bytes: 4 * 32 * 64)])
    }

    @Test func `a gated delta rule needs heads that fit each other`() {
        func isError(
            query: Int = 32, key: Int = 32, value: Int = 64, decay: Int = 4, rate: Int = 4, keyHeads: Int = 2
        ) -> Bool {
            error { g in
                try g.gatedDeltaRule(
                    query: g.input(columns: query), queryScale: 1, key: g.input(columns: key), keyScale: 1,
                    value: g.input(columns: value), decay: g.input(columns: decay), rate: g.input(columns: rate),
                    keyHeads: keyHeads, .tiled)
            } != nil
        }
        #expect(!isError() && !isError(keyHeads: 4) && !isError(value: 60))
        #expect(isError(query: 16) && isError(key: 16) && isError(value: 62) && isError(decay: 2) && isError(rate: 2))
        #expect(isError(keyHeads: 0) && isError(keyHeads: 3) && isError(decay: 3, rate: 3))
    }

    @Test func `WKV and its bonus need values of one size`() {
        func isError(decay: Int = 64, removal: Int = 64, bonus: Int = 64, headDimension: Int = 16) -> Bool {
            error { g in
                let x = try g.input(columns: 64)
                let removal = try WKVRemoval(x, replacement: g.input(columns: removal))
                let read = try g.wkv(
                    receptance: x, decay: g.input(columns: decay), key: x, value: x, removal: removal,
                    headDimension: headDimension)
                return try g.headBonus(
                    receptance: x, key: x, ones("bonus", bonus), value: read, headDimension: headDimension)
            } != nil
        }
        #expect(!isError() && !isError(headDimension: 64))
        #expect(isError(decay: 32) && isError(removal: 32) && isError(bonus: 32))
        #expect(isError(headDimension: 0) && isError(headDimension: 24))
    }

    @Test func `a vector that is added has an element for each column`() {
        #expect(error { g in try g.addColumns(g.input(columns: 64), ones("v", 63)) } != nil)
        #expect(error { g in try g.addColumns(g.input(columns: 64), ones("v", 64)) } == nil)
    }

    @Test func `a LayerNorm of heads may have a bias, an RMSNorm not`() {
        func isError(_ kind: NormKind, bias: Int) -> Bool {
            error { g in
                try g.normHeads(g.input(columns: 64), kind, headDimension: 16, bias: ones("bias", bias), epsilon: 0)
            } != nil
        }
        #expect(!isError(.layer, bias: 16) && !isError(.layer, bias: 64))
        #expect(isError(.layer, bias: 32) && isError(.rms, bias: 16))
    }
}
