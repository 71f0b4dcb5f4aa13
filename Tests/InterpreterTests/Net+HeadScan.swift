import Graph
import Tensors
import TestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Net {
    /// - Parameters:
    ///   - delta: positive, a column for each head.
    ///   - b: `groups` parts of a state's size.
    mutating func headScan(_ x: Tensor, delta: Tensor, b: Tensor, c: Tensor, groups: Int) throws -> Tensor {
        let (heads, size) = (delta.columns, b.columns / groups)
        let (headSize, headsPerGroup) = (x.columns / heads, heads / groups)
        let (a, rates) = try vector(numbers(heads, 1).map { -abs($0) - 0.1 })
        let (d, skips) = try vector(numbers(heads, 1))
        return add(
            try builder.headScan(x.node, delta: delta.node, a: a, b: b.node, c: c.node, d: d, groups: groups),
            .sequence([x.index, delta.index, b.index, c.index]) { values in
                var h = [[Double]](repeating: [Double](repeating: 0, count: size), count: heads * headSize)
                return values[0].indices.map { t in
                    h.indices.map { channel in
                        let head = channel / headSize
                        let first = head / headsPerGroup * size
                        let (x, delta) = (values[0][t][channel], values[1][t][head])
                        var y = skips[head] * x
                        for n in 0..<size {
                            h[channel][n] =
                                exp(delta * rates[head]) * h[channel][n] + delta * x * values[2][t][first + n]
                            y += h[channel][n] * values[3][t][first + n]
                        }
                        return y
                    }
                }
            })
    }

    /// A Mamba-2 block (arXiv:2405.21060 §7.1) of heads of 12 channels in two groups.
    mutating func mamba2(_ x: Tensor, heads: Int, size: Int, _ format: EncodedWeight.Format) throws -> Tensor {
        let (inner, grouped) = (12 * heads, 2 * size)
        let gate = try linear(x, rows: inner, format)
        let channels = try linear(x, rows: inner + 2 * grouped, format)
        let delta = try activate(linear(x, rows: heads, format, bias: true), .softplus)
        let convolved = try activate(causalConvolution(channels, width: 4, bias: true), .silu)
        let scanned = try headScan(
            slice(convolved, 0..<inner), delta: delta, b: slice(convolved, inner..<inner + grouped),
            c: slice(convolved, inner + grouped..<inner + 2 * grouped), groups: 2)
        return try linear(multiply(scanned, activate(gate, .silu)), rows: x.columns, format)
    }
}
