internal import Safetensors

/// What an adapter adds to a tensor of the model file, in the order of that.
struct AdapterUpdate: Sendable {
    /// The tensor's.
    let name: String
    let module: AdapterCheckpoint.Module
    /// How rows of the stored weight become rows of the tensor.
    let order: RowOrder

    /// `NAME.lora_a`: `[rank, columns]`, or of a table whose rows are looked up `[rows, rank]`.
    var a: PlannedTensor {
        let shape = module.a.tensor.shape
        return PlannedTensor(
            name: name + ".lora_a", shape: module.isLookup ? shape.reversed() : shape,
            source: .stored(module.a, module.isLookup ? .transposed : .stored))
    }

    /// The same for values that are written with it.
    ///
    /// - Parameter scale: multiplies what is added.
    func planned(times scale: Float) -> PlannedUpdate {
        let b = module.b.tensor.shape
        let columns = PlannedTensor(
            name: name + ".lora_b", shape: b.reversed(), source: .stored(module.b, .transposed))
        return PlannedUpdate(
            rows: module.isLookup ? a : self.b(), basis: module.isLookup ? columns : a,
            factor: Float(module.scale) * scale)
    }

    /// `NAME.lora_b`: `[rows, rank]`, or of a table `[columns, rank]`.
    ///
    /// - Parameter factor: multiplies all.
    func b(times factor: Float = 1) -> PlannedTensor {
        PlannedTensor(
            name: name + ".lora_b", shape: order.shape(of: module.b.tensor.shape), source: .stored(module.b, order),
            change: factor == 1 ? nil : .times(factor))
    }
}

extension TensorMap {
    /// What an adapter adds to the tensors that a family names.
    ///
    /// - Parameter adapter: named as the family's tensors are.
    /// - Throws: ``ConversionError`` for a module that the family does not have or that cannot be adapted.
    static func updates(
        of adapter: AdapterCheckpoint, by family: any Family
    ) throws(ConversionError) -> [AdapterUpdate] {
        var map = TensorMap(adapter)
        try family.map(&map)
        let missed = adapter.modules.keys.filter { !map.hasUsed($0 + ".weight") }.sorted()
        guard missed.isEmpty else {
            throw .unsupported(
                "an adapter of \(missed.prefix(5).map(\.visible).joined(separator: ", ")) with a model of the class "
                    + "\(type(of: family).classes[0])", path: adapter.path)
        }
        return map.updates
    }
}
