internal import Safetensors

/// What a family makes of a checkpoint: one call for each tensor of the model file. Tensors that no call names are an
/// error, unless the family leaves them out.
///
/// Of an adapter there are a few tensors alone: calls that name others do nothing then.
///
/// What families call is never inlined: there are hundreds of calls, and none is where time goes.
struct TensorMap {
    private let entries: [String: Checkpoint.Entry]
    /// Of an adapter, by the names of weights; nil for a model.
    private let modules: [String: AdapterCheckpoint.Module]?
    private let path: String
    private(set) var tensors: [PlannedTensor] = []
    /// What an adapter adds.
    private(set) var updates: [AdapterUpdate] = []
    private var used: Set<String> = []

    init(_ checkpoint: Checkpoint, path: String) {
        entries = checkpoint.entries
        modules = nil
        self.path = path
    }

    init(_ adapter: AdapterCheckpoint) {
        entries = [:]
        modules = Dictionary(uniqueKeysWithValues: adapter.modules.map { ($0 + ".weight", $1) })
        path = adapter.path
    }

    /// Whether the tensors are an adapter's.
    var isAdapter: Bool { modules != nil }

    @inline(never)
    func has(_ source: String) -> Bool { entries[source] != nil || modules?[source] != nil }

    func hasUsed(_ source: String) -> Bool { used.contains(source) }

    func shape(of source: String) -> [Int]? { entries[source]?.tensor.shape }

    /// Notes what an adapter adds to a tensor.
    private mutating func update(
        _ name: String, _ source: String, _ module: AdapterCheckpoint.Module, _ shape: [Int], _ order: RowOrder,
        _ change: ValueChange?
    ) throws(ConversionError) {
        let isMatrix = if case .matrices = order { false } else { shape.count == 2 }
        guard isMatrix, change == nil else {
            throw .unsupported("an adapter of \(source.visible), which becomes \(name),", path: path)
        }
        // Of a stored matrix that is written transposed, the adapter has rows and columns as they are written.
        let expected = order == .transposed ? shape.reversed() : shape
        guard module.shape == expected else {
            throw .shape(
                tensor: source + " (of the adapter)", expected: expected, found: module.shape, path: path)
        }
        guard !module.isLookup || order == .stored else {
            throw .unsupported("an adapter of \(source.visible), whose rows are moved,", path: path)
        }
        used.insert(source)
        updates.append(AdapterUpdate(name: name, module: module, order: order == .transposed ? .stored : order))
    }

    /// - Parameters:
    ///   - source: the stored tensor's name.
    ///   - shape: what the stored tensor must have, slowest first.
    ///   - newShape: of the same elements in the same order; nil: that of `order`.
    /// - Throws: ``ConversionError`` when the tensor is missing, of another shape, or not of floats.
    @inline(never)
    mutating func add(
        _ name: String, from source: String, _ shape: [Int], as newShape: [Int]? = nil, order: RowOrder = .stored,
        change: ValueChange? = nil
    ) throws(ConversionError) {
        if let modules {
            guard let module = modules[source] else { return }
            return try update(name, source, module, newShape ?? shape, order, change)
        }
        let entry = try take(source, shape)
        if case .matrices(let part) = order {
            let count = shape.reduce(1, *) / max(1, part.matrices)
            guard part.fits(count, storedColumns: shape.last ?? 1) else {
                throw .shape(tensor: source, expected: order.shape(of: shape), found: shape, path: entry.file.path)
            }
        }
        tensors.append(
            PlannedTensor(
                name: name, shape: newShape ?? order.shape(of: shape), source: .stored(entry, order), change: change))
    }

    /// The length of each column of a stored matrix, somewhat more where it is 0.
    mutating func columnLengths(of source: String, _ shape: [Int]) throws(ConversionError) -> [Float] {
        guard !isAdapter else { return [] }
        let entry = try take(source, shape)
        var reader = RowReader(PlannedTensor(name: source, shape: shape, source: .stored(entry, .stored)))
        var sums = [Double](repeating: 0, count: reader.columns)
        try reader.addSquares(to: &sums)
        return sums.map { Float($0.squareRoot() + 1e-7) }
    }

    /// Stored tensors of one shape and type, one behind the other: `[sources, shape...]`.
    @inline(never)
    mutating func add(_ name: String, joining sources: [String], _ shape: [Int]) throws(ConversionError) {
        guard !isAdapter else { return try refuseAdapters(of: sources, name) }
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

    /// - Throws: ``ConversionError`` where an adapter has one of some tensors that become parts of another.
    private func refuseAdapters(of sources: [String], _ name: String) throws(ConversionError) {
        guard let found = sources.first(where: { modules?[$0] != nil }) else { return }
        throw .unsupported("an adapter of \(found.visible), which becomes a part of \(name),", path: path)
    }

    /// Experts of four-bit floats: `NAME_blocks` and `NAME_scales` become `[matrices, rows, columns]`.
    ///
    /// - Parameters:
    ///   - storedRows: of each expert.
    ///   - part: which of them, in order of the rows.
    @inline(never)
    mutating func add(
        _ name: String, packed source: String, storedRows: Int, _ part: MatrixPart
    ) throws(ConversionError) {
        guard !isAdapter else { return }
        guard part.columns % 32 == 0, part.fits(storedRows * part.columns, storedColumns: part.columns) else {
            throw .shape(
                tensor: source + "_blocks", expected: [part.matrices, storedRows, (part.columns + 31) / 32 * 32],
                found: [part.matrices, storedRows, part.columns], path: path)
        }
        let shape = [part.matrices, storedRows, part.columns / 32]
        let packed = PlannedTensor.Packed(
            blocks: try take(source + "_blocks", shape + [16], isBytes: true),
            scales: try take(source + "_scales", shape, isBytes: true), storedRows: storedRows, part: part)
        tensors.append(
            PlannedTensor(name: name, shape: [part.matrices, part.rows, part.columns], source: .packed(packed)))
    }

    /// A stored tensor of floats, or of bytes, that is used now.
    @inline(never)
    mutating func take(
        _ source: String, _ shape: [Int], isBytes: Bool = false
    ) throws(ConversionError) -> Checkpoint.Entry {
        guard let entry = entries[source] else { throw .missingTensor(source, path: path) }
        guard entry.tensor.shape == shape else {
            throw .shape(tensor: source, expected: shape, found: entry.tensor.shape, path: entry.file.path)
        }
        let isExpected =
            isBytes ? entry.tensor.type == .U8 : [.F64, .F32, .F16, .BF16].contains(entry.tensor.type)
        guard isExpected else { throw .elementType(tensor: source, entry.tensor.type, path: entry.file.path) }
        used.insert(source)
        return entry
    }

    /// The matrix of a module beside the model.
    @inline(never)
    mutating func add(_ name: String, _ dense: DenseSettings) {
        tensors.append(
            PlannedTensor(name: name, shape: dense.weight.tensor.shape, source: .stored(dense.weight, .stored)))
    }

    /// A tensor that is not among the weights.
    ///
    /// - Parameter shape: nil: one dimension.
    @inline(never)
    mutating func add(_ name: String, values: [Float], shape: [Int]? = nil) {
        tensors.append(PlannedTensor(name: name, shape: shape ?? [values.count], source: .values(values)))
    }

    /// `NAME.weight` `[rows, columns]`, and `NAME.bias` where it is stored.
    @inline(never)
    mutating func linear(
        _ name: String, from source: String, rows: Int, columns: Int, order: RowOrder = .stored
    ) throws(ConversionError) {
        try add("\(name).weight", from: "\(source).weight", [rows, columns], order: order)
        guard has("\(source).bias") else { return }
        try add("\(name).bias", from: "\(source).bias", [rows], order: order)
    }

    /// The same, stored as `[columns, rows]`.
    @inline(never)
    mutating func transposedLinear(
        _ name: String, from source: String, rows: Int, columns: Int
    ) throws(ConversionError) {
        try add("\(name).weight", from: "\(source).weight", [columns, rows], order: .transposed)
        try add("\(name).bias", from: "\(source).bias", [rows])
    }

    /// `NAME.weight` and, for LayerNorm, `NAME.bias`: `[size]`. Old checkpoints call them gamma and beta.
    @inline(never)
    mutating func norm(_ name: String, from source: String, size: Int, hasBias: Bool) throws(ConversionError) {
        let isOld = has("\(source).gamma")
        try add("\(name).weight", from: source + (isOld ? ".gamma" : ".weight"), [size])
        if hasBias { try add("\(name).bias", from: source + (isOld ? ".beta" : ".bias"), [size]) }
    }

    /// Changes the values of the tensors of the model file for whose names `change` has something.
    mutating func change(_ change: (String) -> ValueChange?) {
        for index in tensors.indices {
            if let change = change(tensors[index].name) { tensors[index].change = change }
        }
    }

    /// Leaves out the stored tensors for which the condition holds.
    mutating func leaveOut(where condition: (String) -> Bool) {
        for name in entries.keys where condition(name) { used.insert(name) }
    }

    /// - Throws: ``ConversionError/unknownTensors(_:path:)`` when the family knows nothing of some.
    func checkAllUsed() throws(ConversionError) {
        let unknown = entries.keys.filter { !used.contains($0) }
        guard unknown.isEmpty else { throw .unknownTensors(unknown.sorted(), path: path) }
    }
}
