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
}

/// The element type of a key/value cache.
package enum CacheFormat: String, Sendable, BitwiseCopyable, CaseIterable {
    case f32
    case f16
    /// Blocks of 32 int8 with a float16 scale.
    case q8_0

    /// Elements that are stored together: rows and heads are multiples of it.
    package var block: Int { self == .q8_0 ? 32 : 1 }

    /// Bytes of `columns` elements, a multiple of ``block``.
    package func bytes(columns: Int) -> Int {
        switch self {
        case .f32: columns * 4
        case .f16: columns * 2
        case .q8_0: columns / 32 * 34
        }
    }
}

/// Keys or values of consecutive positions, as attention reads them, `stride` bytes apart.
@safe package struct KeyValueRows: BitwiseCopyable, @unchecked Sendable {
    package let rows: Int
    package let columns: Int
    package let format: CacheFormat
    package let stride: Int
    let base: UnsafeMutableRawPointer

    init(base: UnsafeMutableRawPointer, rows: Int, columns: Int, stride: Int, format: CacheFormat) {
        unsafe self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride
        self.format = format
    }

    /// Rows that a step computed and nobody keeps: attention within the step, as encoders do.
    package init(_ rows: FloatRows) {
        unsafe self.init(
            base: UnsafeMutableRawPointer(rows.base), rows: rows.rows, columns: rows.columns, stride: rows.stride * 4,
            format: .f32)
    }

    /// The same rows, of each only the columns in `range`: one head.
    package func columns(_ range: Range<Int>) -> KeyValueRows {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns)
        precondition(range.lowerBound % format.block == 0 && range.count % format.block == 0)
        return unsafe KeyValueRows(
            base: base + format.bytes(columns: range.lowerBound), rows: rows, columns: range.count, stride: stride,
            format: format)
    }

    package func rows(from first: Int, count: Int) -> KeyValueRows {
        precondition(first >= 0 && count >= 0 && first <= rows - count)
        return unsafe KeyValueRows(
            base: base + first * stride, rows: count, columns: columns, stride: stride, format: format)
    }

    /// The bytes of whole rows, the first ones.
    @_lifetime(immortal)
    package func bytes(first count: Int) -> RawSpan {
        precondition(count >= 0 && count <= rows)
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: base, byteCount: count * stride), copying: ())
    }

    /// Fills whole rows, the first ones; returns false, and does nothing, if the number of bytes is another.
    package func fill(first count: Int, from bytes: RawSpan) -> Bool {
        guard count >= 0, count <= rows, bytes.byteCount == count * stride else { return false }
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { unsafe base.copyMemory(from: start, byteCount: source.count) }
        }
        return true
    }
}
