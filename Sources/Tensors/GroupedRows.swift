internal import CKernels

/// Activations quantized to bytes in groups of columns: quants, then a scale and the least value of each group, rows end to
/// end.
@safe package struct GroupedRows: BitwiseCopyable, @unchecked Sendable {
    /// Columns that share a scale; a row's last group may be shorter.
    package static let group = Int(SWL_GROUP)
    /// The same for the results of GELU.
    package static let geluGroup = Int(SWL_GELU_GROUP)

    package let rows: Int
    package let columns: Int
    /// Columns of a group.
    package let group: Int
    let quants: UnsafeMutablePointer<UInt8>  // [rows, columns]
    let ranges: UnsafeMutablePointer<swl_group_range>  // [rows, groups]

    /// Bytes of one row in an arena.
    package static func rowBytes(columns: Int, group: Int = Self.group) -> Int {
        columns + swl_groups(columns, group) * MemoryLayout<swl_group_range>.stride
    }

    init(base: UnsafeMutableRawPointer, rows: Int, columns: Int, group: Int) {
        precondition(columns % 32 == 0 && (group == Self.group || group == Self.geluGroup))
        self.rows = rows
        self.columns = columns
        self.group = group
        unsafe quants = base.assumingMemoryBound(to: UInt8.self)
        unsafe ranges = (base + rows * columns).assumingMemoryBound(to: swl_group_range.self)
    }
}
