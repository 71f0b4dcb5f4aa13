internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a stored tensor's values become, in float32.
enum ValueChange: Sendable {
    /// `-exp(x)`: a state space's decay, which is stored as the logarithm of its amount.
    case negatedExponential
    /// A constant is added: a norm's weight, which is stored as its distance from 1.
    case plus(Float)
    /// Times a constant.
    case times(Float)
    /// Each row is divided by its length.
    case unitRows
    /// Each column is divided by a number of its own.
    case dividedColumns([Float])

    /// Changes a row in place.
    func apply(to values: FloatRows, row: Int) {
        switch self {
        case .negatedExponential: Self.replace(values, row) { x, _ in Float(-exp(Double(x))) }
        case .plus(let constant): Self.replace(values, row) { x, _ in x + constant }
        case .times(let constant): Self.replace(values, row) { x, _ in x * constant }
        case .unitRows:
            var sum = 0.0
            for column in 0..<values.columns { sum += Double(values[row, column]) * Double(values[row, column]) }
            let length = Float(max(sum.squareRoot(), 1e-12))
            Self.replace(values, row) { x, _ in x / length }
        case .dividedColumns(let lengths): Self.replace(values, row) { x, column in x / lengths[column] }
        }
    }

    private static func replace(_ values: FloatRows, _ row: Int, _ body: (_ x: Float, _ column: Int) -> Float) {
        for column in 0..<values.columns { values[row, column] = body(values[row, column], column) }
    }
}
