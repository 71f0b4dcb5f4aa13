import Graph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Plain {
    /// Attention in double arithmetic, every weight by itself.
    struct Attention {
        enum Bias {
            case alibi(maxBias: Double)
            case relative([[Double]], bidirectional: Bool, maxDistance: Int)
        }

        let heads: Heads
        let mask: AttentionMask
        let scale: Double
        var bias: Bias?
        var softcap: Double?
        var sinks: [Double]?

        func rows(_ queries: [[Double]], _ keys: [[Double]], _ values: [[Double]]) -> [[Double]] {
            queries.indices.map { row in
                (0..<heads.queries).flatMap { head -> [Double] in
                    let weights = weights(queries, keys, row: row, head: head)
                    let first = head / heads.queriesPerKV * heads.valueDimension
                    return (0..<heads.valueDimension).map { column in
                        zip(weights, values).reduce(0) { $0 + $1.0 * $1.1[first + column] }
                    }
                }
            }
        }

        /// One for each key, zero where the mask hides it.
        func weights(_ queries: [[Double]], _ keys: [[Double]], row: Int, head: Int) -> [Double] {
            let dimension = heads.keyDimension
            let query = queries[row][head * dimension..<(head + 1) * dimension]
            let first = head / heads.queriesPerKV * dimension
            let exponentials = keys.indices.map { position -> Double in
                guard position >= row - (mask.back ?? keys.count), position <= row + (mask.ahead ?? keys.count) else {
                    return 0
                }
                let product = zip(query, keys[position][first..<first + dimension]).reduce(0) { $0 + $1.0 * $1.1 }
                let score = softcap.map { $0 * tanh(product * scale / $0) } ?? product * scale
                return exp(score + bias(head, distance: position - row))
            }
            let sum = exponentials.reduce(0, +) + (sinks.map { exp($0[head]) } ?? 0)
            return exponentials.map { $0 / sum }
        }

        private func bias(_ head: Int, distance: Int) -> Double {
            switch bias {
            case .alibi(let maxBias):
                // The slopes of a power of two heads, then every second one of twice as many (arXiv:2108.12409).
                let whole = 1 << Int(log2(Double(heads.queries)))
                let exponent =
                    head < whole
                    ? Double(head + 1) / Double(whole) : (Double(head - whole) + 0.5) / Double(whole)
                return -Plain.power(2, -maxBias * exponent) * Double(abs(distance))
            case .relative(let table, let bidirectional, let maxDistance):
                return table[bucket(distance, table.count, bidirectional, maxDistance)][head]
            case nil: return 0
            }
        }

        /// `_relative_position_bucket` of T5's reference code.
        private func bucket(_ distance: Int, _ buckets: Int, _ bidirectional: Bool, _ maxDistance: Int) -> Int {
            let count = bidirectional ? buckets / 2 : buckets
            let offset = bidirectional && distance > 0 ? count : 0
            let size = bidirectional ? abs(distance) : -min(distance, 0)
            let exact = count / 2
            if size < exact { return offset + size }
            let part = log(Double(size) / Double(exact)) / log(Double(maxDistance) / Double(exact))
            return offset + min(exact + Int(part * Double(count - exact) + 1e-6), count - 1)
        }
    }
}
