internal import Graph
package import Tensors

/// Packed weights, each once for all who multiply by it, and what else depends on weights alone. Any thread may ask.
package final class PackedWeightsStore: Sendable {
    private struct Key: Hashable {
        let address: UInt
        let rows: Int
        let columns: Int
        let group: Int
        let format: WeightFormat
    }

    private let made = ForkSafeMutex<[Key: PackedWeights]>([:])

    /// By the addresses of the weights that they are projected by.
    private let madePositions = ForkSafeMutex<[[UInt]: OwnedPositions]>([:])

    package init() {}

    /// A quantized weight, packed, whose bytes outlive the store.
    ///
    /// - Parameter group: columns of a group, as the activations have it: see ``GroupedRows``.
    /// - Throws: ``TensorError/outOfMemory(bytes:)``.
    package func packed(
        of weights: WeightMatrix, group: Int = GroupedRows.group
    ) throws(TensorError) -> PackedMatrix {
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

    /// The keys and queries of a bias's positions.
    ///
    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)`.
    func positions(
        of bias: DisentangledBias, _ kernels: Kernels, _ pool: borrowing ThreadPool
    ) throws(InterpreterError) -> OwnedPositions {
        let key = [bias.positions, bias.keys?.weights, bias.queries?.weights].map { $0?.matrix.address ?? 0 }
        if let found = madePositions.withLock({ $0[key] }) { return found }
        let made = try OwnedPositions(bias, kernels, pool)
        return madePositions.withLock { all in
            if let found = all[key] { return found }
            all[key] = made
            return made
        }
    }
}
