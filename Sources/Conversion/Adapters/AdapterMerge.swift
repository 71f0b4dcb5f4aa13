/// Adapters that become part of a model's weights.
struct AdapterMerge {
    private var parts: [(adapter: AdapterCheckpoint, updates: [AdapterUpdate], scale: Float)] = []

    /// - Parameter adapters: folders as PEFT stores them, and what is multiplied by each.
    /// - Throws: ``ConversionError`` for one that is no adapter of the family's models.
    init(_ adapters: [(path: String, scale: Float)], _ family: any Family) throws(ConversionError) {
        let prefixes = type(of: family).prefixes
        for (path, scale) in adapters {
            let folder = ModelFolder(path)
            guard !folder.isFile else {
                throw .unsupported("merging this file: a folder of PEFT's was expected; it", path: path)
            }
            let adapter = try AdapterCheckpoint(folder).dropping(prefixes: prefixes)
            if scale != 1, let name = adapter.whole.keys.sorted().first {
                throw .unsupported("the scale \(scale) with a weight trained as a whole (\(name.visible))", path: path)
            }
            parts.append((adapter, try TensorMap.updates(of: adapter, by: family), scale))
        }
    }

    /// Replaces the model's weights by those that were trained as a whole.
    func replaceWhole(in checkpoint: inout Checkpoint) throws(ConversionError) {
        for part in parts {
            for (name, entry) in part.adapter.whole.sorted(by: { $0.key < $1.key }) {
                try checkpoint.replace(name, by: entry)
            }
        }
    }

    /// The tensors with what is added to them.
    ///
    /// - Throws: ``ConversionError`` where the model has a tensor for two uses and one of them is changed.
    func apply(to tensors: [PlannedTensor]) throws(ConversionError) -> [PlannedTensor] {
        guard !parts.isEmpty else { return tensors }
        var tensors = tensors
        let places = Dictionary(tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let isTied = places["output.weight"] == nil
        for part in parts {
            for update in part.updates {
                guard let place = places[update.name], !(isTied && update.module.isLookup) else {
                    throw .unsupported(
                        "merging an adapter of \(update.name) into a model whose embedding is its output, too,",
                        path: part.adapter.path)
                }
                tensors[place].updates.append(update.planned(times: part.scale))
            }
        }
        return tensors
    }
}
