package import Tensors

/// Weights packed into panels, each once for all who multiply by it. Any thread may ask.
package final class PanelStore: Sendable {
    private struct Key: Hashable {
        let address: UInt
        let rows: Int
        let columns: Int
        let group: Int
        let format: WeightFormat
    }

    private let made = ForkSafeMutex<[Key: PackedWeights]>([:])

    package init() {}

    /// The panels of a quantized weight, whose bytes outlive the store.
    ///
    /// - Parameter group: columns of a group, as the activations have it: see ``GroupedRows``.
    /// - Throws: ``TensorError/outOfMemory(bytes:)``.
    package func panels(
        of weights: WeightMatrix, group: Int = GroupedRows.group
    ) throws(TensorError) -> PanelMatrix {
        let key = Key(
            address: weights.address, rows: weights.rows, columns: weights.columns, group: group,
            format: weights.format)
        if let found = made.withLock({ $0[key] }) { return found.matrix }
        let packed = try PackedWeights(weights, group: group)
        return made.withLock { made in
            if let found = made[key] { return found.matrix }
            made[key] = packed
            return packed.matrix
        }
    }
}
