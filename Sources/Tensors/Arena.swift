#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Zeroed memory for activations or a cache, aligned to pages, given by the system only where it is touched.
@safe package struct Arena: ~Copyable, @unchecked Sendable {  // parts are handed to threads by the program
    package let byteCount: Int
    private let base: UnsafeMutableRawPointer

    /// - Parameter prefersLargePages: asks the system for pages of megabytes, which cost memory that is never touched.
    /// - Throws: ``TensorError/outOfMemory(bytes:)``.
    package init(byteCount: Int, prefersLargePages: Bool = false) throws(TensorError) {
        let size = max(byteCount, 1)
        var flags = MAP_PRIVATE | MAP_ANONYMOUS
        #if os(Linux)
            flags |= MAP_NORESERVE  // a long context costs memory as it fills, not when it is opened
        #endif
        let memory = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { throw .outOfMemory(bytes: byteCount) }
        #if os(Linux)
            if prefersLargePages { unsafe madvise(memory, size, MADV_HUGEPAGE) }
        #endif
        self.byteCount = byteCount
        unsafe base = memory
    }

    deinit {
        unsafe munmap(base, max(byteCount, 1))
    }

    /// A copyable window on all of it, valid while the arena lives.
    package var view: ArenaView { unsafe ArenaView(base: base, byteCount: byteCount) }
}

/// The memory of an ``Arena``, carved into rows. A plain value without ownership.
@safe package struct ArenaView: BitwiseCopyable, @unchecked Sendable {
    package let byteCount: Int
    private let base: UnsafeMutableRawPointer

    init(base: UnsafeMutableRawPointer, byteCount: Int) {
        unsafe self.base = base
        self.byteCount = byteCount
    }

    /// Float32 rows that begin `offset` bytes into the arena.
    package func floats(at offset: Int, rows: Int, columns: Int, stride: Int) -> FloatRows {
        check(offset, bytes: rows == 0 ? 0 : ((rows - 1) * stride + columns) * 4)
        return unsafe FloatRows(
            base: (base + offset).assumingMemoryBound(to: Float.self), rows: rows, columns: columns, stride: stride)
    }

    /// No rows.
    package var noFloats: FloatRows { floats(at: 0, rows: 0, columns: 0, stride: 0) }

    /// Quantized rows that begin `offset` bytes into the arena.
    package func quantized(at offset: Int, rows: Int, columns: Int) -> QuantizedRows {
        check(offset, bytes: rows * QuantizedRows.rowBytes(columns: columns))
        return unsafe QuantizedRows(base: base + offset, rows: rows, columns: columns)
    }

    /// Rows quantized by groups that begin `offset` bytes into the arena.
    package func grouped(
        at offset: Int, rows: Int, columns: Int, group: Int = GroupedRows.group
    ) -> GroupedRows {
        check(offset, bytes: rows * GroupedRows.rowBytes(columns: columns, group: group))
        return unsafe GroupedRows(base: base + offset, rows: rows, columns: columns, group: group)
    }

    /// Sums of squares that begin `offset` bytes into the arena, a multiple of 8.
    package func squareSums(at offset: Int, matrices: Int, columns: Int) -> SquareSums {
        check(offset, bytes: SquareSums.byteCount(matrices: matrices, columns: columns) ?? .max)
        return unsafe SquareSums(base: base + offset, matrices: matrices, columns: columns)
    }

    /// Rows of a cache that begin `offset` bytes into the arena, end to end.
    package func keyValues(at offset: Int, rows: Int, columns: Int, format: CacheFormat) -> KeyValueRows {
        let stride = format.bytes(columns: columns)
        check(offset, bytes: rows * stride)
        return unsafe KeyValueRows(base: base + offset, rows: rows, columns: columns, stride: stride, format: format)
    }

    /// A weight that begins `offset` bytes into the arena, from whatever is there.
    ///
    /// - Throws: ``TensorError`` when no matrix is like that.
    package func weights(
        at offset: Int, format: WeightFormat, rows: Int, columns: Int
    ) throws(TensorError) -> WeightMatrix {
        let (size, overflow) = rows.multipliedReportingOverflow(by: try format.rowBytes(columns: columns))
        guard rows > 0, !overflow else { throw .dimensions(rows: rows, columns: columns) }
        check(offset, bytes: size)
        let bytes = unsafe RawSpan(_unsafeStart: base + offset, byteCount: size)
        return try WeightMatrix(bytes: bytes, format: format, rows: rows, columns: columns)
    }

    /// Some of its bytes.
    package func slice(at offset: Int, bytes: Int) -> ArenaView {
        check(offset, bytes: bytes)
        return unsafe ArenaView(base: base + offset, byteCount: bytes)
    }

    /// All of it as a page of a cache.
    package var page: Page { unsafe Page(base: base) }

    /// Bytes of it, as they are until they are written.
    @_lifetime(immortal)
    package func span(at offset: Int, bytes: Int) -> RawSpan {
        check(offset, bytes: bytes)
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: base + offset, byteCount: bytes), copying: ())
    }

    /// Copies bytes to `offset`.
    package func fill(at offset: Int, from bytes: RawSpan) {
        check(offset, bytes: bytes.byteCount)
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe (base + offset).copyMemory(from: start, byteCount: source.count)
            }
        }
    }

    /// A worker's scratch.
    package func scratch(at offset: Int, bytes: Int) -> Scratch {
        check(offset, bytes: bytes)
        return unsafe Scratch(base: base + offset, byteCount: bytes)
    }

    /// All of its bytes, for C code of another target; valid while the arena lives.
    @unsafe package var bytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base, count: byteCount)
    }

    private func check(_ offset: Int, bytes: Int) {
        precondition(offset >= 0 && bytes >= 0 && offset <= byteCount - bytes, "outside of the arena")
    }
}

/// Memory that one thread uses within one instruction.
@safe package struct Scratch: BitwiseCopyable, @unchecked Sendable {
    package let byteCount: Int
    let base: UnsafeMutableRawPointer

    init(base: UnsafeMutableRawPointer, byteCount: Int) {
        unsafe self.base = base
        self.byteCount = byteCount
    }

    /// The part from `offset` bytes on.
    package func dropping(_ offset: Int) -> Scratch {
        precondition(offset >= 0 && offset <= byteCount)
        return unsafe Scratch(base: base + offset, byteCount: byteCount - offset)
    }

    /// The first `count` bytes.
    package func prefix(_ count: Int) -> Scratch {
        precondition(count >= 0 && count <= byteCount)
        return unsafe Scratch(base: base, byteCount: count)
    }

    package func quantized(rows: Int, columns: Int) -> QuantizedRows {
        precondition(rows * QuantizedRows.rowBytes(columns: columns) <= byteCount)
        return unsafe QuantizedRows(base: base, rows: rows, columns: columns)
    }

    package func floats(rows: Int, columns: Int) -> FloatRows {
        precondition(rows * columns * 4 <= byteCount)
        return unsafe FloatRows(
            base: base.assumingMemoryBound(to: Float.self), rows: rows, columns: columns, stride: columns)
    }
}
