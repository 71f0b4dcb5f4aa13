internal import JSON
internal import Safetensors

/// The tensors of a folder, in one safetensors file or several that an index names.
struct Checkpoint: Sendable {
    /// A tensor and the file that holds it.
    struct Entry: Sendable {
        let tensor: SafetensorsTensor
        let file: SafetensorsFile
    }

    private(set) var entries: [String: Entry] = [:]

    /// - Throws: ``ConversionError`` when there are no weights, a file lacks what the index promises, or is damaged.
    init(_ folder: ModelFolder) throws(ConversionError) {
        if let index = try folder.json("model.safetensors.index.json") {
            try open(index, in: folder)
        } else if folder.has("model.safetensors") {
            let file = try SafetensorsFile.opened(folder.path("model.safetensors"))
            for tensor in file.tensors { entries[tensor.name] = Entry(tensor: tensor, file: file) }
        } else {
            let others = ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5"].first(where: folder.has)
            throw .missingWeights(folder: folder.path, found: others)
        }
    }

    private mutating func open(_ index: JSONValue, in folder: ModelFolder) throws(ConversionError) {
        let indexPath = folder.path("model.safetensors.index.json")
        guard let places = index["weight_map"]?.members else {
            throw .configuration(
                key: "weight_map", expected: "an object of file names", found: index["weight_map"]?.kind ?? "nothing",
                path: indexPath)
        }
        var files: [String: [String: Entry]] = [:]
        for place in places {
            guard let name = place.value.string, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else {
                throw .configuration(
                    key: "weight_map.\(place.name)", expected: "the name of a file in this folder",
                    found: place.value.text, path: indexPath)
            }
            if files[name] == nil {
                let file = try SafetensorsFile.opened(folder.path(name))
                files[name] = [:]
                for tensor in file.tensors { files[name]?[tensor.name] = Entry(tensor: tensor, file: file) }
            }
            guard let entry = files[name]?[place.name] else {
                throw .missingTensor(place.name, path: folder.path(name))
            }
            entries[place.name] = entry
        }
    }

    /// Takes the first of the prefixes that a name has from it: classes with a head put their body under a name.
    mutating func drop(prefixes: [String]) throws(ConversionError) {
        var renamed: [String: Entry] = [:]
        for (name, entry) in entries {
            let prefix = prefixes.first { name.hasPrefix($0) } ?? ""
            let short = String(name.dropFirst(prefix.count))
            if let other = renamed.updateValue(entry, forKey: short) {
                throw .ambiguousTensor(entry.tensor.name, other.tensor.name, path: entry.file.path)
            }
        }
        entries = renamed
    }

    /// Replaces a weight by one that was trained.
    mutating func replace(_ name: String, by entry: Entry) throws(ConversionError) {
        guard let old = entries[name] else { throw .unknownTensors([entry.tensor.name], path: entry.file.path) }
        guard old.tensor.shape == entry.tensor.shape else {
            throw .shape(
                tensor: entry.tensor.name, expected: old.tensor.shape, found: entry.tensor.shape, path: entry.file.path)
        }
        entries[name] = entry
    }

    /// The element type of floats that most bytes have.
    var mainType: ElementType? {
        var bytes: [ElementType: Int] = [:]
        for entry in entries.values where entry.tensor.type != .U8 {
            bytes[entry.tensor.type, default: 0] += entry.tensor.bytes.count
        }
        return bytes.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }?.key
    }
}
