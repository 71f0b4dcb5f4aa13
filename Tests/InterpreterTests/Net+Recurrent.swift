import Graph
import Tensors
import TestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Net {
    mutating func causalConvolution(_ x: Tensor, width: Int, bias: Bool) throws -> Tensor {
        let (weights, rows) = try matrix(rows: x.columns, columns: width, .f32)
        let biases = bias ? try vector(numbers(x.columns, 0.5)) : nil
        let offsets = biases?.1
        return add(
            try builder.causalConvolution(x.node, weights, bias: biases?.0),
            .sequence([x.index]) { values in
                values[0].indices.map { t in
                    rows.indices.map { c in
                        (0..<width).reduce(offsets?[c] ?? 0) { sum, j in
                            let source = t - width + 1 + j
                            return sum + (source < 0 ? 0 : rows[c][j] * values[0][source][c])
                        }
                    }
                }
            })
    }

    /// - Parameter delta: positive.
    mutating func selectiveScan(_ x: Tensor, delta: Tensor, b: Tensor, c: Tensor) throws -> Tensor {
        let rates = numbers(x.columns * b.columns, 1).map { -abs($0) - 0.1 }
        let (a, decays) = try matrix(rates, columns: b.columns, .f32)
        let (d, skips) = try vector(numbers(x.columns, 1))
        return add(
            try builder.selectiveScan(x.node, delta: delta.node, a: a, b: b.node, c: c.node, d: d),
            .sequence([x.index, delta.index, b.index, c.index]) { values in
                var h = decays.map { $0.map { _ in 0.0 } }
                return values[0].indices.map { t in
                    skips.indices.map { channel in
                        let (x, delta) = (values[0][t][channel], values[1][t][channel])
                        var y = skips[channel] * x
                        for n in h[channel].indices {
                            h[channel][n] =
                                exp(delta * decays[channel][n]) * h[channel][n] + delta * x * values[2][t][n]
                            y += h[channel][n] * values[3][t][n]
                        }
                        return y
                    }
                }
            })
    }

    /// A Mamba block (arXiv:2312.00752): convolution, a scan whose parameters depend on the input, a gate.
    mutating func mamba(_ x: Tensor, inner: Int, size: Int, _ format: EncodedWeight.Format) throws -> Tensor {
        let both = try linear(x, rows: 2 * inner, format)
        let convolved = try activate(causalConvolution(slice(both, 0..<inner), width: 4, bias: true), .silu)
        let parameters = try linear(convolved, rows: 32 + 2 * size, format)
        let delta = try activate(linear(slice(parameters, 0..<32), rows: inner, format, bias: true), .softplus)
        let scanned = try selectiveScan(
            convolved, delta: delta, b: slice(parameters, 32..<32 + size),
            c: slice(parameters, 32 + size..<32 + 2 * size))
        return try linear(
            multiply(scanned, activate(slice(both, inner..<2 * inner), .silu)), rows: x.columns, format)
    }
}
