internal import CKernels

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

/// The address of a page: memory for ``positions`` positions. Tables of pages are read by kernels.
@safe package struct Page: BitwiseCopyable, @unchecked Sendable {
    package static let positions = Int(SWL_PAGE)

    /// Stands where a sequence has no page.
    package static let none = unsafe Page(base: nil)

    let base: UnsafeMutableRawPointer?
}

/// Keys or values of a sequence's positions, as attention reads them: in one piece of memory, rows `stride` bytes apart, or
/// in pages.
@safe package struct KeyValueRows: BitwiseCopyable, @unchecked Sendable {
    package let rows: Int
    package let columns: Int
    package let format: CacheFormat
    let stride: Int
    /// Nil: the rows are in pages.
    private let base: UnsafeMutableRawPointer?
    private let pages: FixedView<Page>
    /// Bytes from `base`, or a page's address, to its first row.
    private let offset: Int

    private init(
        base: UnsafeMutableRawPointer?, pages: FixedView<Page>, offset: Int, rows: Int, columns: Int, stride: Int,
        format: CacheFormat
    ) {
        unsafe self.base = base
        self.pages = pages
        self.offset = offset
        self.rows = rows
        self.columns = columns
        self.stride = stride
        self.format = format
    }

    init(base: UnsafeMutableRawPointer, rows: Int, columns: Int, stride: Int, format: CacheFormat) {
        unsafe self.init(
            base: base, pages: .empty, offset: 0, rows: rows, columns: columns, stride: stride, format: format)
    }

    /// Rows in pages, end to end from `offset` bytes into each. There is a page wherever rows are read or stored.
    package init(pages: FixedView<Page>, offset: Int, rows: Int, columns: Int, format: CacheFormat) {
        precondition(rows <= pages.count * Page.positions)
        unsafe self.init(
            base: nil, pages: pages, offset: offset, rows: rows, columns: columns,
            stride: format.bytes(columns: columns), format: format)
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
            base: base, pages: pages, offset: offset + format.bytes(columns: range.lowerBound), rows: rows,
            columns: range.count, stride: stride, format: format)
    }

    /// Some of the rows; of rows in pages, the first ones.
    package func rows(from first: Int, count: Int) -> KeyValueRows {
        precondition(first >= 0 && count >= 0 && first <= rows - count && (first == 0 || !isPaged))
        return unsafe KeyValueRows(
            base: base, pages: pages, offset: offset + first * stride, rows: count, columns: columns, stride: stride,
            format: format)
    }

    private var isPaged: Bool { unsafe base == nil }

    /// Rows that lie end to end, from each multiple of it on.
    var runLength: Int { isPaged ? Page.positions : max(rows, 1) }

    func pointer(row: Int) -> UnsafeMutableRawPointer {
        precondition(row >= 0 && row < rows)
        if let base = unsafe base { return unsafe base + offset + row * stride }
        guard let page = unsafe pages[row / Page.positions].base else { preconditionFailure("a row without a page") }
        return unsafe page + offset + row % Page.positions * stride
    }

    /// The kernels' view of the rows, from a column on.
    @unsafe func source(column: Int) -> swl_key_values {
        let offset = offset + format.bytes(columns: column)
        var source = unsafe swl_key_values()
        unsafe source.stride = stride
        if let base = unsafe base {
            unsafe source.rows = UnsafeRawPointer(base + offset)
        } else {
            unsafe source.offset = offset
            unsafe source.pages = UnsafeRawPointer(pages.base)?.assumingMemoryBound(to: UnsafeRawPointer?.self)
        }
        return unsafe source
    }
}
