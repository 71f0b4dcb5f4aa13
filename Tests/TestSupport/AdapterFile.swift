package import GGUF

/// A LoRA adapter with random values as llama.cpp writes it, for the matrices of a model's layers; any part may be made wrong.
package struct AdapterFile {
    package struct Tensor {
        package var name: String
        /// Fastest first.
        package var dimensions: [Int]
        package var values: [Float]

        package init(name: String, dimensions: [Int], values: [Float]) {
            self.name = name
            self.dimensions = dimensions
            self.values = values
        }
    }

    package var type: String? = "adapter"
    package var kind: String? = "lora"
    package var architecture: String
    package var alpha: Float?
    package var tensors: [Tensor] = []

    /// - Parameter isAdapted: whether the adapter has a matrix, by its name.
    package init(
        of model: GGUFFile, rank: Int = 4, alpha: Float? = 8, seed: Int,
        _ isAdapted: (String) -> Bool = { $0.hasPrefix("blk.") }
    ) throws {
        var random = SeededRandom(seed: seed)
        func values(_ count: Int, _ scale: Float) -> [Float] {
            (0..<count).map { _ in Float.random(in: -scale...scale, using: &random) }
        }
        architecture = try model.metadata.string("general.architecture")
        self.alpha = alpha
        for tensor in model.tensors where tensor.dimensions.count == 2 && isAdapted(tensor.name) {
            let (columns, rows) = (tensor.columns, tensor.rows)
            tensors.append(
                Tensor(
                    name: tensor.name + ".lora_a", dimensions: [columns, rank], values: values(columns * rank, 0.3)))
            tensors.append(
                Tensor(name: tensor.name + ".lora_b", dimensions: [rank, rows], values: values(rows * rank, 0.3)))
        }
    }

    package var bytes: [UInt8] {
        var file = RawGGUF()
        if let type { file.string("general.type", type) }
        if let kind { file.string("adapter.type", kind) }
        file.string("general.architecture", architecture)
        if let alpha { file.pair("adapter.lora.alpha", .float32, RawGGUF.little(alpha.bitPattern)) }
        for tensor in tensors {
            file.tensor(tensor.name, tensor.dimensions.map { Int64($0) }, offset: UInt64(file.data.count))
            file.data += tensor.values.flatMap { RawGGUF.little($0.bitPattern) }
            file.data += [UInt8](repeating: 0, count: (32 - file.data.count % 32) % 32)
        }
        return file.bytes
    }
}
