/// Sums of squares of columns, `[matrices, columns]` in float64, and for each matrix how many rows went into them.
///
/// A plain value without ownership, valid while its arena lives. Threads add to columns of their own.
@safe package struct SquareSums: BitwiseCopyable, @unchecked Sendable {
    package let matrices: Int
    package let columns: Int
    private let base: UnsafeMutablePointer<Double>

    /// Bytes of the sums and counts.
    package static func byteCount(matrices: Int, columns: Int) -> Int? {
        let (sums, isLong) = matrices.multipliedReportingOverflow(by: columns)
        let (all, isLonger) = sums.addingReportingOverflow(matrices)
        let (bytes, isTooLong) = all.multipliedReportingOverflow(by: 8)
        return isLong || isLonger || isTooLong ? nil : bytes
    }

    init(base: UnsafeMutableRawPointer, matrices: Int, columns: Int) {
        unsafe self.base = base.assumingMemoryBound(to: Double.self)
        self.matrices = matrices
        self.columns = columns
    }

    /// The sum of a column.
    package subscript(matrix: Int, column: Int) -> Double {
        precondition(matrix >= 0 && matrix < matrices && column >= 0 && column < columns)
        return unsafe base[matrix * columns + column]
    }

    /// Rows that a matrix had.
    package func count(_ matrix: Int) -> Double {
        precondition(matrix >= 0 && matrix < matrices)
        return unsafe base[matrices * columns + matrix]
    }

    /// Counts a row; for one thread.
    package func countRow(_ matrix: Int) {
        precondition(matrix >= 0 && matrix < matrices)
        unsafe base[matrices * columns + matrix] += 1
    }

    /// Adds the squares of a row in some columns.
    package func add(_ x: FloatRows, row: Int, in range: Range<Int>, to matrix: Int) {
        precondition(matrix >= 0 && matrix < matrices && x.columns == columns)
        precondition(range.lowerBound >= 0 && range.upperBound <= columns)
        let values = unsafe x.pointer(row: row)
        let sums = unsafe base + matrix * columns
        for column in range {
            let value = unsafe Double(values[column])
            unsafe sums[column] += value * value
        }
    }

    /// Adds the squares of a quantized row in some columns.
    package func add(_ x: QuantizedRows, row: Int, in range: Range<Int>, to matrix: Int) {
        precondition(matrix >= 0 && matrix < matrices && x.columns == columns && row >= 0 && row < x.rows)
        precondition(range.lowerBound >= 0 && range.upperBound <= columns)
        let quants = unsafe x.quants + row * columns
        let scales = unsafe x.scales + row * (columns / 32)
        let sums = unsafe base + matrix * columns
        for column in range {
            let value = unsafe Double(quants[column]) * Double(scales[column / 32])
            unsafe sums[column] += value * value
        }
    }
}
