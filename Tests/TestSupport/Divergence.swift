#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How far two rows of logits are apart.
package enum Divergence {
    /// The Kullback-Leibler divergence of softmax(`found`) from softmax(`exact`), in nats.
    package static func kullbackLeibler(exact: ArraySlice<Float>, found: ArraySlice<Float>) -> Double {
        let p = logSoftmax(exact)
        let q = logSoftmax(found)
        return zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }

    /// The mean over rows of `columns` entries.
    package static func meanKullbackLeibler(exact: [Float], found: [Float], columns: Int) -> Double {
        let starts = stride(from: 0, to: exact.count, by: columns)
        let sum = starts.reduce(0) { sum, start in
            sum + kullbackLeibler(exact: exact[start..<start + columns], found: found[start..<start + columns])
        }
        return sum * Double(columns) / Double(exact.count)
    }

    package static func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count else { return .infinity }
        return zip(a, b).reduce(0) { worst, pair in
            let difference = abs(pair.0 - pair.1)
            return difference.isNaN ? .infinity : max(worst, difference)
        }
    }

    private static func logSoftmax(_ row: ArraySlice<Float>) -> [Double] {
        let greatest = Double(row.max() ?? 0)
        let sum = row.reduce(0) { $0 + exp(Double($1) - greatest) }
        return row.map { Double($0) - greatest - log(sum) }
    }
}
