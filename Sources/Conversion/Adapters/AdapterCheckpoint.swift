internal import Safetensors

/// The weights of a PEFT folder: two matrices for each module that it adapts.
struct AdapterCheckpoint: Sendable {
    /// Of one module of the model's class, named as the model's tensors are without `.weight`.
    struct Module: Sendable {
        /// `[rank, columns]`
        let a: Checkpoint.Entry
        /// `[rows, rank]`
        let b: Checkpoint.Entry
        /// Whether the module looks rows up: an embedding, whose rows are the columns of `a`.
        let isLookup: Bool
        /// What the product of both is multiplied by.
        let scale: Double

        var rank: Int { b.tensor.shape[1] }
        /// Of the weight that both add up to.
        var shape: [Int] {
            isLookup ? [a.tensor.shape[1], b.tensor.shape[0]] : [b.tensor.shape[0], a.tensor.shape[1]]
        }
    }

    let path: String
    let settings: AdapterSettings
    private(set) var modules: [String: Module] = [:]
    /// Weights that were trained as a whole (`modules_to_save`), by the names that they have in the model.
    private(set) var whole: [String: Checkpoint.Entry] = [:]

    private static let prefix = "base_model.model."
    private static let endings: [(ending: String, isA: Bool, isLookup: Bool)] = [
        (".lora_A.weight", true, false), (".lora_B.weight", false, false),
        (".lora_embedding_A", true, true), (".lora_embedding_B", false, true),
    ]

    static func isOne(_ folder: ModelFolder) -> Bool { folder.has("adapter_config.json") }

    /// - Throws: ``ConversionError`` when the folder lacks a file, is damaged, or holds what is no LoRA.
    init(_ folder: ModelFolder) throws(ConversionError) {
        guard let value = try folder.json("adapter_config.json") else {
            throw .missingFile("adapter_config.json", folder: folder.path)
        }
        let settings = try AdapterSettings(
            Configuration(path: folder.path("adapter_config.json"), value: value))
        let name = "adapter_model.safetensors"
        guard folder.has(name) else {
            let other = "adapter_model.bin"
            throw .missingWeights(folder: folder.path, found: folder.has(other) ? other : nil)
        }
        path = folder.path(name)
        self.settings = settings
        try read(SafetensorsFile.opened(path))
    }

    private mutating func read(_ file: SafetensorsFile) throws(ConversionError) {
        var parts: [String: (a: Checkpoint.Entry?, b: Checkpoint.Entry?, isLookup: Bool)] = [:]
        for tensor in file.tensors {
            let entry = Checkpoint.Entry(tensor: tensor, file: file)
            let full =
                tensor.name.hasPrefix(Self.prefix) ? String(tensor.name.dropFirst(Self.prefix.count)) : tensor.name
            // Copies of the model's own embedding and output, which PEFT puts beside their adapters.
            if full.hasSuffix(".base_layer.weight") || full.hasSuffix(".base_layer.bias") { continue }
            guard let known = Self.endings.first(where: { full.hasSuffix($0.ending) }) else {
                guard full.split(separator: ".").allSatisfy({ !$0.hasPrefix("lora_") }) else {
                    throw .unsupported("the tensor \(tensor.name.visible) of an adapter", path: path)
                }
                whole[full] = entry
                continue
            }
            guard [.F64, .F32, .F16, .BF16].contains(tensor.type) else {
                throw .elementType(tensor: tensor.name, tensor.type, path: path)
            }
            let module = String(full.dropLast(known.ending.count))
            var part = parts[module] ?? (nil, nil, known.isLookup)
            guard part.isLookup == known.isLookup else {
                throw .ambiguousTensor(tensor.name, module + ".lora_A.weight", path: path)
            }
            if known.isA { part.a = entry } else { part.b = entry }
            parts[module] = part
        }
        guard !parts.isEmpty else {
            throw .unsupported("an adapter without lora_A and lora_B", path: path)
        }
        for (module, part) in parts { modules[module] = try join(module, part) }
    }

    private func join(
        _ module: String, _ part: (a: Checkpoint.Entry?, b: Checkpoint.Entry?, isLookup: Bool)
    ) throws(ConversionError) -> Module {
        let ending = part.isLookup ? ".lora_embedding_" : ".lora_"
        guard let a = part.a else { throw .missingTensor(module + ending + "A", path: path) }
        guard let b = part.b else { throw .missingTensor(module + ending + "B", path: path) }
        for entry in [a, b] where entry.tensor.shape.count != 2 {
            throw .unsupported(
                "the tensor \(entry.tensor.name.visible) with the shape \(entry.tensor.shape), an adapter of a "
                    + "convolution or of experts,", path: path)
        }
        let rank = a.tensor.shape[0]
        guard rank > 0, a.tensor.shape[1] > 0, b.tensor.shape[0] > 0 else {
            throw .unsupported("the rank \(rank) of \(module.visible)", path: path)
        }
        guard b.tensor.shape[1] == rank else {
            throw .shape(
                tensor: b.tensor.name, expected: [b.tensor.shape[0], rank], found: b.tensor.shape, path: path)
        }
        let scale = settings.scale(of: module, rank: rank)
        guard scale.isFinite, Float(scale).isFinite else {
            throw .unsupported("the scale \(scale) of \(module.visible)", path: path)
        }
        return Module(a: a, b: b, isLookup: part.isLookup, scale: scale)
    }

    /// Names without the first of the prefixes that they have, as the family's tensors are named.
    func dropping(prefixes: [String]) throws(ConversionError) -> AdapterCheckpoint {
        func short(_ name: String) -> String {
            String(name.dropFirst(prefixes.first { name.hasPrefix($0) }?.count ?? 0))
        }
        var copy = self
        copy.modules = [:]
        for (name, module) in modules {
            if let other = copy.modules.updateValue(module, forKey: short(name)) {
                throw .ambiguousTensor(module.a.tensor.name, other.a.tensor.name, path: path)
            }
        }
        copy.whole = [:]
        for (name, entry) in whole { copy.whole[short(name)] = entry }
        return copy
    }
}
