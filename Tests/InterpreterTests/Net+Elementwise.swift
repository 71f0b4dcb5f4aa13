import Graph
import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Net {
    mutating func scale(_ x: Tensor, by factor: Float) -> Tensor {
        add(builder.scale(x.node, by: factor), .map(x.index) { $1.map { $0 * Double(factor) } })
    }

    mutating func scaleColumns(_ x: Tensor) throws -> Tensor {
        let (vector, values) = try vector(numbers(x.columns, 2))
        return add(
            try builder.scaleColumns(x.node, by: vector), .map(x.index) { Swift.zip($1, values).map { $0 * $1 } })
    }

    mutating func scaleRows(_ x: Tensor, by factors: Tensor) throws -> Tensor {
        add(
            try builder.scaleRows(x.node, by: factors.node),
            .zip(x.index, factors.index) { row, factor in row.map { $0 * factor[0] } })
    }

    mutating func softcap(_ x: Tensor, at cap: Float) throws -> Tensor {
        add(try builder.softcap(x.node, at: cap), .map(x.index) { $1.map { Double(cap) * tanh($0 / Double(cap)) } })
    }

    mutating func clamp(_ x: Tensor, low: Float, high: Float) throws -> Tensor {
        add(
            try builder.clamp(x.node, low: low, high: high),
            .map(x.index) { $1.map { min(max($0, Double(low)), Double(high)) } })
    }

    mutating func clampedSwiGLU(_ gate: Tensor, _ up: Tensor, limit: Float) throws -> Tensor {
        add(
            try builder.clampedSwiGLU(gate.node, up.node, limit: limit),
            .zip(gate.index, up.index) { gates, ups in
                Swift.zip(gates, ups).map { Plain.clampedSwiGLU($0, $1, limit: Double(limit)) }
            })
    }
}
