/// A weight `[rows, columns]` where the file has it: nothing is copied.
///
/// A plain value without ownership: whoever makes a program from it keeps the file mapped for as long as the program
/// can run.
@safe package struct WeightMatrix: BitwiseCopyable, @unchecked Sendable {  // the bytes are never written
    package let format: WeightFormat
    package let rows: Int
    package let columns: Int
    package let rowBytes: Int
    let base: UnsafeRawPointer

    /// - Throws: ``TensorError`` when `bytes` is not exactly that matrix.
    package init(bytes: RawSpan, format: WeightFormat, rows: Int, columns: Int) throws(TensorError) {
        guard rows > 0, columns > 0 else { throw .dimensions(rows: rows, columns: columns) }
        let rowBytes = try format.rowBytes(columns: columns)
        let (size, overflow) = rows.multipliedReportingOverflow(by: rowBytes)
        guard !overflow else { throw .dimensions(rows: rows, columns: columns) }
        guard size == bytes.byteCount else { throw .size(expected: size, found: bytes.byteCount) }
        let base = unsafe bytes.withUnsafeBytes { $0.baseAddress }
        guard let base = unsafe base else { throw .size(expected: size, found: 0) }
        let alignment = format == .f32 ? 4 : 2  // blocks begin with a float16
        guard Int(bitPattern: base) % alignment == 0 else { throw .alignment(format: format) }
        self.format = format
        self.rows = rows
        self.columns = columns
        self.rowBytes = rowBytes
        unsafe self.base = base
    }

    private init(_ whole: WeightMatrix, rows range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= whole.rows && !range.isEmpty)
        format = whole.format
        rows = range.count
        columns = whole.columns
        rowBytes = whole.rowBytes
        unsafe base = whole.base + range.lowerBound * whole.rowBytes
    }

    /// Where its first row begins.
    package var address: UInt { unsafe UInt(bitPattern: base) }

    /// Some of the rows, without a copy.
    package func rows(_ range: Range<Int>) -> WeightMatrix { WeightMatrix(self, rows: range) }
}

/// A float32 weight `[count]` where the file has it: a norm's scale, a bias, frequency factors.
@safe package struct WeightVector: BitwiseCopyable, @unchecked Sendable {  // the bytes are never written
    package let count: Int
    let base: UnsafePointer<Float>

    /// - Throws: ``TensorError`` when `bytes` is not exactly that vector.
    package init(bytes: RawSpan, count: Int) throws(TensorError) {
        let matrix = try WeightMatrix(bytes: bytes, format: .f32, rows: 1, columns: count)
        self.count = count
        unsafe self.base = matrix.base.assumingMemoryBound(to: Float.self)
    }

    /// Where its first element begins.
    package var address: UInt { unsafe UInt(bitPattern: base) }

    private init(base: UnsafePointer<Float>, count: Int) {
        self.count = count
        unsafe self.base = base
    }

    /// Some of the elements, without a copy.
    package func elements(_ range: Range<Int>) -> WeightVector {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe WeightVector(base: base + range.lowerBound, count: range.count)
    }

    package subscript(index: Int) -> Float {
        precondition(index >= 0 && index < count)
        return unsafe base[index]
    }
}
