import Graph
import Tensors
import Testing

extension BuilderTests {
    @Test func `recurrent operations state what a sequence remembers`() throws {
        let program = try compile { g in
            let x = try g.causalConvolution(g.input(columns: 64), matrix("conv", rows: 64, columns: 4))
            let b = try g.product(x, "b", rows: 16)
            return try g.selectiveScan(
                x, delta: g.activate(x, .softplus), a: matrix("a", rows: 64, columns: 16), b: b, c: b, d: ones("d", 64))
        }
        #expect(program.states == [.convolution(rows: 3, columns: 64), .recurrent(bytes: 4 * 64 * 16)])
    }

    @Test func `a convolution needs float32 for every channel`() {
        func isError(_ rows: Int, _ columns: Int, _ format: WeightFormat = .f32, bias: Int? = nil) -> Bool {
            error { g in
                let bias = try bias.map { try ones("bias", $0) }
                return try g.causalConvolution(
                    g.input(columns: 64), matrix("conv", rows: rows, columns: columns, format), bias: bias)
            } != nil
        }
        #expect(!isError(64, 4) && !isError(64, 1, bias: 64) && !isError(64, Kernels.maxConvolutionWidth))
        #expect(isError(63, 4) && isError(64, Kernels.maxConvolutionWidth + 1))
        #expect(isError(64, 4, .f16) && isError(64, 4, bias: 63))
        #expect(
            error { g in try g.causalConvolution(g.selectRows(g.input()), matrix("conv", rows: 64, columns: 4)) } != nil
        )
    }

    @Test func `a scan needs values of one size`() {
        func isError(a: (Int, Int) = (64, 16), b: Int = 16, c: Int = 16, d: Int = 64, delta: Int = 64) -> Bool {
            error { g in
                try g.selectiveScan(
                    g.input(columns: 64), delta: g.input(columns: delta), a: matrix("a", rows: a.0, columns: a.1),
                    b: g.input(columns: b), c: g.input(columns: c), d: ones("d", d))
            } != nil
        }
        #expect(!isError())
        #expect(isError(a: (63, 16)) && isError(a: (64, 17)) && isError(b: 8) && isError(b: 8, c: 8))
        #expect(isError(d: 63) && isError(delta: 32))
    }
}
