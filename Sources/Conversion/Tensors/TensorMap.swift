/// What a family makes of a checkpoint: one call for each tensor of the model file. Tensors that no call names are an
/// error, unless the family leaves them out.
struct TensorMap {
    private let checkpoint: Checkpoint
    private let path: String
    private(set) var tensors: [PlannedTensor] = []
    private var used: Set<String> = []

    init(_ checkpoint: Checkpoint, path: String) {
        self.checkpoint = checkpoint
        self.path = path
    }

    func has(_ source: String) -> Bool { checkpoint.entries[source] != nil }

    /// - Parameters:
    ///   - source: the stored tensor's name.
    ///   - shape: what the stored tensor must have, slowest first.
    ///   - newShape: of the same elements in the same order; nil: that of `order`.
    /// - Throws: ``ConversionError`` when the tensor is missing, of another shape, or not of floats.
    mutating func add(
        _ name: String, from source: String, _ shape: [Int], as newShape: [Int]? = nil, order: RowOrder = .stored,
        change: ValueChange? = nil
    ) throws(ConversionError) {
        let entry = try take(source, shape)
        tensors.append(
            PlannedTensor(
                name: name, shape: newShape ?? order.shape(of: shape), source: .stored(entry, order), change: change))
    }

    /// Stored tensors of one shape and type, one behind the other: `[sources, shape...]`.
    mutating func add(_ name: String, joining sources: [String], _ shape: [Int]) throws(ConversionError) {
        var entries: [Checkpoint.Entry] = []
        for source in sources {
            let entry = try take(source, shape)
            if let first = entries.first, first.tensor.type != entry.tensor.type {
                throw .unsupported(
                    "joining \(first.tensor.type.rawValue) tensors with \(source.visible), which is "
                        + entry.tensor.type.rawValue, path: entry.file.path)
            }
            entries.append(entry)
        }
        tensors.append(PlannedTensor(name: name, shape: [sources.count] + shape, source: .joined(entries)))
    }

    /// A stored tensor of floats that is used now.
    mutating func take(_ source: String, _ shape: [Int]) throws(ConversionError) -> Checkpoint.Entry {
        guard let entry = checkpoint.entries[source] else { throw .missingTensor(source, path: path) }
        guard entry.tensor.shape == shape else {
            throw .shape(tensor: source, expected: shape, found: entry.tensor.shape, path: entry.file.path)
        }
        switch entry.tensor.type {
        case .F64, .F32, .F16, .BF16: break
        default: throw .elementType(tensor: source, entry.tensor.type, path: entry.file.path)
        }
        used.insert(source)
        return entry
    }

    /// A tensor that is not among the weights.
    ///
    /// - Parameter shape: nil: one dimension.
    mutating func add(_ name: String, values: [Float], shape: [Int]? = nil) {
        tensors.append(PlannedTensor(name: name, shape: shape ?? [values.count], source: .values(values)))
    }

    /// `NAME.weight` `[rows, columns]`, and `NAME.bias` where it is stored.
    mutating func linear(
        _ name: String, from source: String, rows: Int, columns: Int, order: RowOrder = .stored
    ) throws(ConversionError) {
        try add("\(name).weight", from: "\(source).weight", [rows, columns], order: order)
        guard has("\(source).bias") else { return }
        try add("\(name).bias", from: "\(source).bias", [rows], order: order)
    }

    /// The same, stored as `[columns, rows]`.
    mutating func transposedLinear(
        _ name: String, from source: String, rows: Int, columns: Int
    ) throws(ConversionError) {
        try add("\(name).weight", from: "\(source).weight", [columns, rows], order: .transposed)
        try add("\(name).bias", from: "\(source).bias", [rows])
    }

    /// `NAME.weight` and, for LayerNorm, `NAME.bias`: `[size]`. Old checkpoints call them gamma and beta.
    mutating func norm(_ name: String, from source: String, size: Int, hasBias: Bool) throws(ConversionError) {
        let isOld = has("\(source).gamma")
        try add("\(name).weight", from: source + (isOld ? ".gamma" : ".weight"), [size])
        if hasBias { try add("\(name).bias", from: source + (isOld ? ".beta" : ".bias"), [size]) }
    }

    /// Leaves out the stored tensors for which the condition holds.
    mutating func leaveOut(where condition: (String) -> Bool) {
        for name in checkpoint.entries.keys where condition(name) { used.insert(name) }
    }

    /// - Throws: ``ConversionError/unknownTensors(_:path:)`` when the family knows nothing of some.
    func checkAllUsed() throws(ConversionError) {
        let unknown = checkpoint.entries.keys.filter { !used.contains($0) }
        guard unknown.isEmpty else { throw .unknownTensors(unknown.sorted(), path: path) }
    }
}
