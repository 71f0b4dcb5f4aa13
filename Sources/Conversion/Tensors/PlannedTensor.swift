/// A tensor of the model file, and where its values come from.
struct PlannedTensor: Sendable {
    enum Source: Sendable {
        case stored(Checkpoint.Entry, RowOrder)
        /// Computed, row after row.
        case values([Float])
    }

    let name: String
    /// Sizes, slowest first.
    let shape: [Int]
    let source: Source
    /// Nil: values stay as they are stored.
    var change: ValueChange?

    /// In the order of the model file: fastest first.
    var dimensions: [Int] { shape.reversed() }
    var elementCount: Int { shape.reduce(1, *) }

    /// The element type's name, as it is stored.
    var storedType: String {
        switch source {
        case .stored(let entry, _): entry.tensor.type.rawValue
        case .values: ElementType.F32.rawValue
        }
    }

    /// The file that holds it.
    var path: String? { if case .stored(let entry, _) = source { entry.file.path } else { nil } }

    var storedBytes: Int {
        switch source {
        case .stored(let entry, _): entry.tensor.bytes.count
        case .values(let values): values.count * MemoryLayout<Float>.size
        }
    }
}
