extension Kernels {
    /// `out[i] = base[i] + sum over j of (offset + weights[i * m + j]) * x[j]` for the streams of a row; those before `first` are
    /// copied. `out` may be neither `base` nor `x`.
    ///
    /// - Parameters:
    ///   - weights: `[rows, n * m]`, for `n` streams of `base` and `m` of `x`; nil: all zeros.
    ///   - size: columns of a stream.
    package func mixStreams(
        _ base: FloatRows, _ x: FloatRows, weights: FloatRows?, offset: Float, size: Int, first: Int, row: Int,
        out: FloatRows
    ) {
        precondition(size > 0 && base.columns % size == 0 && x.columns % size == 0 && out.columns == base.columns)
        let (count, others) = (base.columns / size, x.columns / size)
        precondition(weights.map { $0.columns == count * others } ?? true)
        copy(base, row: row, to: out, row: row)
        let source = unsafe x.pointer(row: row)
        let factors = unsafe weights.map { unsafe $0.pointer(row: row) }
        for stream in first..<max(first, count) {
            let target = unsafe out.pointer(row: row) + stream * size
            for other in 0..<others {
                let weight = unsafe offset + (factors.map { unsafe $0[stream * others + other] } ?? 0)
                let values = unsafe source + other * size
                for i in 0..<size { unsafe target[i] += weight * values[i] }
            }
        }
    }

    /// The root of the mean square of `x[row]`.
    package func rootMeanSquare(_ x: FloatRows, row: Int) -> Double {
        let values = unsafe x.pointer(row: row)
        var sum = 0.0
        for i in 0..<x.columns { unsafe sum += Double(values[i]) * Double(values[i]) }
        return (sum / Double(max(x.columns, 1))).squareRoot()
    }

    /// `out[row] = max(x[row] - (mean + deviations * deviation), 0)`, with the row's mean and standard deviation; `out` may be
    /// `x`.
    package func statisticalTopK(_ x: FloatRows, deviations: Double, row: Int, out: FloatRows) {
        precondition(x.columns == out.columns)
        let values = unsafe x.pointer(row: row)
        let target = unsafe out.pointer(row: row)
        let count = Double(max(x.columns, 1))
        var sum = 0.0
        for i in 0..<x.columns { unsafe sum += Double(values[i]) }
        let mean = sum / count
        var squares = 0.0
        for i in 0..<x.columns {
            let distance = unsafe Double(values[i]) - mean
            squares += distance * distance
        }
        let threshold = Float(mean + deviations * (squares / count).squareRoot())
        for i in 0..<x.columns { unsafe target[i] = max(values[i] - threshold, 0) }
    }
}
