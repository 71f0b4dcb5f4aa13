internal import CKernels
internal import Synchronization

/// A weight `[rows, columns]` as int8 in panels of 16 rows, with a scale for each group of columns.
///
/// A plain value without ownership, valid while its ``PanelStore`` lives.
@safe package struct PanelMatrix: BitwiseCopyable, @unchecked Sendable {  // the bytes are never written
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

/// Weights packed into panels, each once for all who multiply by it. Any thread may ask.
package final class PanelStore: Sendable {
    private struct Key: Hashable {
        let address: UInt
        let rows: Int
        let columns: Int
        let group: Int
        let format: WeightFormat
    }

    private let made = Mutex<[Key: PackedWeights]>([:])

    package init() {}

    /// The panels of a quantized weight, whose bytes outlive the store.
    ///
    /// - Parameter group: columns of a group, as the activations have it: see ``GroupedRows``.
    /// - Throws: ``TensorError/outOfMemory(bytes:)``.
    package func panels(
        of weights: WeightMatrix, group: Int = GroupedRows.group
    ) throws(TensorError) -> PanelMatrix {
        let key = Key(
            address: unsafe UInt(bitPattern: weights.base), rows: weights.rows, columns: weights.columns, group: group,
            format: weights.format)
        if let found = made.withLock({ $0[key] }) { return found.matrix }
        // Made without the lock, which a fork could otherwise leave locked for ever in the child.
        let packed = try PackedWeights(weights, group)
        return made.withLock { made in
            if let found = made[key] { return found.matrix }
            made[key] = packed
            return packed.matrix
        }
    }
}

/// The memory of one matrix's panels.
private final class PackedWeights: Sendable {
    let matrix: PanelMatrix
    private let arena: Arena

    init(_ weights: WeightMatrix, _ group: Int) throws(TensorError) {
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
        matrix = unsafe PanelMatrix(
            swl_panel_weights(
                rows: weights.rows, columns: weights.columns, group: group, quants: quants, groups: groups))
        self.arena = arena
    }
}
