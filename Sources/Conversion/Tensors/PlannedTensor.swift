internal import Safetensors

/// A tensor of the model file, and where its values come from.
struct PlannedTensor: Sendable {
    enum Source: Sendable {
        case stored(Checkpoint.Entry, RowOrder)
        /// Tensors of one shape and type, one behind the other; at least one.
        case joined([Checkpoint.Entry])
        case packed(Packed)
        /// Computed, row after row.
        case values([Float])
    }

    /// Four-bit floats in blocks of 32 (OCP MX 1.0): two to a byte, and a power of two for each block.
    struct Packed: Sendable {
        /// `[matrices, stored rows, columns / 32, 16]` bytes.
        let blocks: Checkpoint.Entry
        /// `[matrices, stored rows, columns / 32]` bytes.
        let scales: Checkpoint.Entry
        let storedRows: Int
        let part: MatrixPart
    }

    let name: String
    /// Sizes, slowest first.
    let shape: [Int]
    let source: Source
    /// Nil: values stay as they are stored.
    var change: ValueChange?
    /// Added to the values, after they have changed.
    var updates: [PlannedUpdate] = []

    /// In the order of the model file: fastest first.
    var dimensions: [Int] { shape.reversed() }
    var elementCount: Int { shape.reduce(1, *) }

    /// The stored tensors.
    var entries: [Checkpoint.Entry] {
        switch source {
        case .stored(let entry, _): [entry]
        case .joined(let entries): entries
        case .packed(let packed): [packed.blocks, packed.scales]
        case .values: []
        }
    }

    var elementType: ElementType { entries.first?.tensor.type ?? .F32 }

    /// The element type's name, as it is stored.
    var storedType: String { elementType.rawValue }

    /// The file that holds it, or its first part.
    var path: String? { entries.first?.file.path }

    var storedBytes: Int {
        switch source {
        case .stored, .joined, .packed: entries.reduce(0) { $0 + $1.tensor.bytes.count }
        case .values(let values): values.count * MemoryLayout<Float>.size
        }
    }
}

/// Low-rank values that are added to a tensor: `factor * rows . basis`.
struct PlannedUpdate: Sendable {
    /// `[rows of the tensor, rank]`
    let rows: PlannedTensor
    /// `[rank, columns]`
    let basis: PlannedTensor
    let factor: Float
}
