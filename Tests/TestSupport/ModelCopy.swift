package import GGUF

/// Makes files that say something else of the same tensors.
package enum ModelCopy {
    /// Copies a model file.
    ///
    /// - Parameter change: changes the metadata.
    package static func write(_ source: String, to path: String, _ change: (inout GGUFContents) -> Void) throws {
        let file = try GGUFFile(path: source)
        var contents = GGUFContents()
        for (key, value) in file.metadata where key != "general.alignment" { contents.set(key, copying: value) }
        change(&contents)
        for tensor in file.tensors { contents.addTensor(tensor.name, type: tensor.type, dimensions: tensor.dimensions) }
        var writer = try GGUFWriter(path: path, contents: contents)
        for tensor in file.tensors { try writer.append(file.bytes(of: tensor), to: tensor.name) }
        try writer.finish()
    }
}
