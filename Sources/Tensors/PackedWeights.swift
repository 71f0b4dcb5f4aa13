internal import CKernels

/// A weight `[rows, columns]` as int8 in panels of 16 rows, with a scale for each group of columns.
///
/// A plain value without ownership, valid while its ``PackedWeights`` live.
@safe package struct PackedMatrix: BitwiseCopyable, @unchecked Sendable {  // the bytes are never written
    /// Rows that a product takes best together.
    package static let rowsTogether = 4 * Int(SWL_PANEL_ROWS)

    package let rows: Int
    package let columns: Int
    /// Columns of a group.
    package let group: Int
    let weights: swl_panel_weights

    fileprivate init(_ weights: swl_panel_weights) {
        rows = unsafe weights.rows
        columns = unsafe weights.columns
        group = unsafe weights.group
        unsafe self.weights = weights
    }
}

/// The memory of a packed matrix.
package final class PackedWeights: Sendable {
    package let matrix: PackedMatrix
    private let arena: Arena

    /// Packs a quantized weight.
    ///
    /// - Parameter group: columns of a group, as the activations have it: see ``GroupedRows``.
    /// - Throws: ``TensorError/outOfMemory(bytes:)``.
    package init(_ weights: WeightMatrix, group: Int) throws(TensorError) {
        let panels = swl_panels(weights.rows)
        let quantBytes = panels * Int(SWL_PANEL_ROWS) * weights.columns
        let groupBytes = panels * swl_groups(weights.columns, group) * MemoryLayout<swl_panel_group>.stride
        let arena = try Arena(
            byteCount: quantBytes + groupBytes + weights.columns * MemoryLayout<Float>.stride, prefersLargePages: true)
        let bytes = unsafe arena.view.bytes
        guard let base = bytes.baseAddress else { throw .outOfMemory(bytes: quantBytes) }
        let quants = unsafe base.assumingMemoryBound(to: Int8.self)
        let groups = unsafe (base + quantBytes).assumingMemoryBound(to: swl_panel_group.self)
        let row = unsafe (base + quantBytes + groupBytes).assumingMemoryBound(to: Float.self)
        unsafe swl_pack_panels(
            swl_format(weights.format.rawValue), weights.rows, weights.columns, group, weights.base, weights.rowBytes,
            row, quants, groups)
        matrix = unsafe PackedMatrix(
            swl_panel_weights(
                rows: weights.rows, columns: weights.columns, group: group, quants: quants, groups: groups))
        self.arena = arena
    }
}
