/// Float32 rows `[rows, columns]` within an ``Arena``, `stride` floats apart.
///
/// A plain value without ownership, valid while the arena lives. Several threads may hold the same rows: the program
/// gives each its own part to write.
@safe package struct FloatRows: BitwiseCopyable, @unchecked Sendable {
    package let rows: Int
    package let columns: Int
    package let stride: Int
    let base: UnsafeMutablePointer<Float>

    init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
        unsafe self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// The same rows, of each only the columns in `range`.
    package func columns(_ range: Range<Int>) -> FloatRows {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns)
        return unsafe FloatRows(base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// Some of the rows.
    package func rows(from first: Int, count: Int) -> FloatRows {
        precondition(first >= 0 && count >= 0 && first <= rows - count)
        return unsafe FloatRows(base: base + first * stride, rows: count, columns: columns, stride: stride)
    }

    /// All rows as one; nil where they do not lie end to end.
    package var joined: FloatRows? {
        guard stride == columns, rows > 0 else { return nil }
        return unsafe FloatRows(base: base, rows: 1, columns: rows * columns, stride: rows * columns)
    }

    /// One element; for tests and for scalars of a few bytes, never in a loop over activations.
    package subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            return unsafe base[row * stride + column]
        }
        nonmutating set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            unsafe base[row * stride + column] = newValue
        }
    }

    /// One row, for as long as the arena lives and no step runs.
    package func withRow<Result, Failure: Error>(
        _ row: Int, _ body: (Span<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeBufferPointer(start: pointer(row: row), count: columns).span)
    }

    func pointer(row: Int) -> UnsafeMutablePointer<Float> {
        precondition(row >= 0 && row < rows)
        return unsafe base + row * stride
    }
}

/// Activations quantized to int8 blocks of 32: quants, a scale and two sums for each block, rows end to end.
@safe package struct QuantizedRows: BitwiseCopyable, @unchecked Sendable {
    package let rows: Int
    package let columns: Int
    let quants: UnsafeMutablePointer<Int8>  // [rows, columns]
    let scales: UnsafeMutablePointer<Float>  // [rows, columns / 32]
    let sums: UnsafeMutablePointer<Int16>  // [rows, columns / 16]

    /// Bytes of one row in an arena: the quants, then a float and two 16-bit integers for each block.
    package static func rowBytes(columns: Int) -> Int { columns + columns / 32 * 8 }

    init(base: UnsafeMutableRawPointer, rows: Int, columns: Int) {
        precondition(columns % 32 == 0)
        self.rows = rows
        self.columns = columns
        let blocks = rows * (columns / 32)
        unsafe quants = base.assumingMemoryBound(to: Int8.self)
        unsafe scales = (base + rows * columns).assumingMemoryBound(to: Float.self)
        unsafe sums = (base + rows * columns + blocks * 4).assumingMemoryBound(to: Int16.self)
    }

    init(
        quants: UnsafeMutablePointer<Int8>, scales: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Int16>,
        rows: Int, columns: Int
    ) {
        unsafe self.quants = quants
        unsafe self.scales = scales
        unsafe self.sums = sums
        self.rows = rows
        self.columns = columns
    }
}
