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
    ///   - query: `keyHeads` heads of unit length, about, as is `key`.
    ///   - decay: 0 to 1, as is `rate`; a number for each value head.
    mutating func gatedDeltaRule(
        query: Tensor, key: Tensor, value: Tensor, decay: Tensor, rate: Tensor, keyHeads: Int, _ order: ValueHeadOrder
    ) throws -> Tensor {
        let (keys, heads) = (key.columns / keyHeads, decay.columns)
        let size = value.columns / heads
        let node = try builder.gatedDeltaRule(
            query: query.node, queryScale: 0.5, key: key.node, keyScale: 0.75, value: value.node, decay: decay.node,
            rate: rate.node, keyHeads: keyHeads, order)
        return add(
            node,
            .sequence([query, key, value, decay, rate].map(\.index)) { values in
                var state = [[[Double]]](
                    repeating: [[Double]](repeating: [Double](repeating: 0, count: size), count: keys), count: heads)
                return values[0].indices.map { t in
                    (0..<heads).flatMap { head in
                        let first = (order == .grouped ? head / (heads / keyHeads) : head % keyHeads) * keys
                        let (decay, rate) = (values[3][t][head], values[4][t][head])
                        return (0..<size).map { j in
                            var held = 0.0
                            for i in 0..<keys {
                                state[head][i][j] *= decay
                                held += 0.75 * values[1][t][first + i] * state[head][i][j]
                            }
                            let change = rate * (values[2][t][head * size + j] - held)
                            var out = 0.0
                            for i in 0..<keys {
                                state[head][i][j] += 0.75 * values[1][t][first + i] * change
                                out += 0.5 * values[0][t][first + i] * state[head][i][j]
                            }
                            return out
                        }
                    }
                }
            })
    }

    mutating func wkv(
        receptance: Tensor, decay: Tensor, key: Tensor, value: Tensor, removal: (Tensor, replacement: Tensor)?,
        size: Int
    ) throws -> Tensor {
        let node = try builder.wkv(
            receptance: receptance.node, decay: decay.node, key: key.node, value: value.node,
            removal: removal.map { WKVRemoval($0.0.node, replacement: $0.replacement.node) }, headDimension: size)
        let inputs = [receptance, decay, key, value] + (removal.map { [$0.0, $0.replacement] } ?? [])
        let columns = value.columns
        return add(
            node,
            .sequence(inputs.map(\.index)) { values in
                var state = [[Double]](repeating: [Double](repeating: 0, count: size), count: columns)
                return values[0].indices.map { t in
                    (0..<columns).map { column in
                        let rows = column / size * size..<(column / size + 1) * size
                        let j = column % size
                        var removed = 0.0
                        if inputs.count > 4 { for i in rows { removed += values[4][t][i] * state[i][j] } }
                        var (before, after) = (0.0, 0.0)
                        for i in rows {
                            before += values[0][t][i] * state[i][j]
                            state[i][j] = values[1][t][i] * state[i][j] + values[2][t][i] * values[3][t][column]
                            if inputs.count > 4 { state[i][j] -= values[5][t][i] * removed }
                            after += values[0][t][i] * state[i][j]
                        }
                        return inputs.count > 4 ? after : before
                    }
                }
            })
    }

    mutating func headBonus(receptance: Tensor, key: Tensor, value: Tensor, size: Int) throws -> Tensor {
        let (bonus, factors) = try vector(numbers(value.columns, 1))
        return add(
            try builder.headBonus(
                receptance: receptance.node, key: key.node, bonus, value: value.node, headDimension: size),
            .sequence([receptance, key, value].map(\.index)) { values in
                values[0].indices.map { t in
                    values[2][t].indices.map { column in
                        let head = column / size * size..<(column / size + 1) * size
                        return values[2][t][column]
                            * head.reduce(0) { $0 + values[0][t][$1] * values[1][t][$1] * factors[$1] }
                    }
                }
            })
    }

    mutating func tokenShift(_ x: Tensor) throws -> Tensor {
        add(
            try builder.tokenShift(x.node),
            .sequence([x.index]) { values in
                values[0].indices.map { t in
                    values[0][t].indices.map { (t == 0 ? 0 : values[0][t - 1][$0]) - values[0][t][$0] }
                }
            })
    }

    mutating func addColumns(_ x: Tensor) throws -> Tensor {
        let (vector, values) = try vector(numbers(x.columns, 1))
        return add(
            try builder.addColumns(x.node, vector), .map(x.index) { _, row in zip(row, values).map { $0 + $1 } })
    }

    /// A gated delta net (arXiv:2412.06464) with two key heads and four value heads.
    mutating func deltaNet(_ x: Tensor, size: Int, _ format: EncodedWeight.Format) throws -> Tensor {
        let both = try activate(causalConvolution(linear(x, rows: 8 * size, format), width: 4, bias: false), .silu)
        let unit = try normHeads(slice(both, 0..<4 * size), headDimension: size, .rms, .none)
        let decay = activate(scale(activate(try linear(x, rows: 4, format), .softplus), by: -0.3), .exponential)
        let attended = try gatedDeltaRule(
            query: slice(unit, 0..<2 * size), key: scale(slice(unit, 2 * size..<4 * size), by: 0.25),
            value: slice(both, 4 * size..<8 * size), decay: decay,
            rate: activate(linear(x, rows: 4, format), .sigmoid), keyHeads: 2, .tiled)
        let normed = try normHeads(attended, headDimension: size)
        return try linear(
            multiply(activate(linear(x, rows: 4 * size, format), .silu), normed), rows: x.columns, format)
    }

    /// RWKV's time mix, less the way to its decays.
    mutating func timeMix(_ x: Tensor, size: Int, removes: Bool, _ format: EncodedWeight.Format) throws -> Tensor {
        let mixed = try add(x, scale(tokenShift(x), by: 0.4))
        let receptance = try linear(mixed, rows: x.columns, format)
        let key = try linear(mixed, rows: x.columns, format)
        let value = try linear(mixed, rows: x.columns, format)
        let decay = activate(scale(activate(receptance, .sigmoid), by: -0.6), .exponential)
        let direction = scale(
            try normHeads(key, headDimension: size, .rms, .none), by: 1 / Float(size).squareRoot())
        let replacement = try multiply(direction, activate(value, .sigmoid))
        let read = try wkv(
            receptance: receptance, decay: decay, key: key, value: value,
            removal: removes ? (direction, replacement: replacement) : nil, size: size)
        let own = try headBonus(receptance: receptance, key: key, value: value, size: size)
        return try linear(norm(add(read, own)), rows: x.columns, format)
    }
}
