internal import GGUF
internal import Graph
internal import Tensors

/// The tensors of a file under a prefix such as `blk.3.`, each checked against the shape that the model needs.
package struct TensorScope {
    private let file: GGUFFile
    private let prefix: String
    /// What is added to the weights.
    private let adapters: [LowRankAdapter]

    init(_ file: GGUFFile, prefix: String = "", adapters: [LowRankAdapter] = []) {
        self.file = file
        self.prefix = prefix
        self.adapters = adapters
    }

    /// The tensors whose names begin with `name` and a dot.
    func scoped(_ name: String) -> TensorScope {
        TensorScope(file, prefix: "\(prefix)\(name).", adapters: adapters)
    }

    /// The same tensors with adapters, whose scales a step has in this order.
    func adapted(by adapters: [LowRankAdapter]) -> TensorScope {
        TensorScope(file, prefix: prefix, adapters: adapters)
    }

    func has(_ name: String) -> Bool { file.tensor(named: prefix + name) != nil }

    /// A weight `[rows, columns]`; with `rows` nil, as many as it has.
    ///
    /// - Throws: ``ModelError`` when it is missing, of another shape, or of a type that no kernel reads.
    func matrix(_ name: String, rows: Int?, columns: Int) throws(ModelError) -> NamedMatrix {
        let tensor = try find(name)
        let rows = rows ?? tensor.rows
        guard tensor.columns == columns, tensor.rows == rows, tensor.dimensions.count <= 2 else {
            throw .tensorShape(
                tensor.name, expected: [columns, rows], found: tensor.dimensions, path: file.path)
        }
        return try weight(tensor, rows: rows, columns: columns)
    }

    private func weight(_ tensor: TensorInfo, rows: Int, columns: Int) throws(ModelError) -> NamedMatrix {
        guard let format = WeightFormat(rawValue: tensor.type.rawValue) else {
            throw .tensorType(
                tensor.name, found: tensor.type.name, supported: WeightFormat.allCases.map(\.name), path: file.path)
        }
        do throws(Tensors.TensorError) {
            let matrix = try WeightMatrix(bytes: file.bytes(of: tensor), format: format, rows: rows, columns: columns)
            return NamedMatrix(name: tensor.name, matrix: matrix)
        } catch {
            throw .tensor(tensor.name, error, path: file.path)
        }
    }

    /// A convolution's weight `[outputs, channels, width]`, as a matrix with a row for each output.
    func convolution(_ name: String, outputs: Int, channels: Int, width: Int) throws(ModelError) -> NamedMatrix {
        let tensor = try find(name)
        guard tensor.dimensions == [width, channels, outputs] else {
            throw .tensorShape(
                tensor.name, expected: [width, channels, outputs], found: tensor.dimensions, path: file.path)
        }
        return try weight(tensor, rows: outputs, columns: channels * width)
    }

    /// `NAME.weight`, `[rows, columns]`, and the bias and `NAME.scale` where the file has them. All products read their weights
    /// here.
    ///
    /// - Parameters:
    ///   - rows: nil: as many as the weight has.
    ///   - bias: the name of the bias's tensor without its suffix; nil: the same name.
    ///   - adapted: the name by which adapters know the weight; nil: the same name.
    /// - Throws: ``ModelError`` when the weight is missing, or one of them is of another shape or type.
    func linear(
        _ name: String, rows: Int?, columns: Int, bias: String? = nil, adapted: String? = nil
    ) throws(ModelError) -> Linear {
        let weights = try matrix("\(name).weight", rows: rows, columns: columns)
        return Linear(
            weights: weights, bias: try optionalVector("\(bias ?? name).bias", count: weights.matrix.rows),
            scale: try scale(name, columns: columns), updates: updates("\(adapted ?? name).weight"))
    }

    /// What adapters add to a weight that products read.
    private func updates(_ name: String) -> [LowRankUpdate] {
        let full = prefix + name
        guard full != LowRankAdapter.embedding else { return [] }
        return pairs(full).map { LowRankUpdate(down: $1.a, up: $1.b, factor: $0) }
    }

    /// What adapters add to rows of the token embedding: their rows for a token, and what these are multiplied by.
    var embeddingUpdates: [(rows: NamedMatrix, up: NamedMatrix, factor: AdapterFactor)] {
        pairs(LowRankAdapter.embedding).map { (rows: $1.a, up: $1.b, factor: $0) }
    }

    private func pairs(_ name: String) -> [(AdapterFactor, LowRankAdapter.Pair)] {
        adapters.enumerated().compactMap { index, adapter in
            adapter.pairs[name].map { (AdapterFactor(adapter: index, constant: $0.factor), $0) }
        }
    }

    /// What all weights of a matrix are multiplied by, as those of NVFP4 are: the number of `NAME.scale`, or nil where the file
    /// has none. (A scale for each column, as Gemma 4's routers have, is the family's to apply.)
    private func scale(_ name: String, columns: Int) throws(ModelError) -> Float? {
        guard has("\(name).scale") else { return nil }
        let dimensions = try find("\(name).scale").dimensions
        guard columns == 1 || dimensions != [columns] else { return nil }
        _ = try vector("\(name).scale", count: 1)
        return Float(bitPattern: file.bytes(of: try find("\(name).scale")).load(0, as: UInt32.self))
    }

    /// A matrix of every expert, `[experts, rows, columns]`, as one of `experts * rows` rows.
    func expertMatrix(_ name: String, experts: Int, rows: Int, columns: Int) throws(ModelError) -> NamedMatrix {
        let tensor = try find(name)
        // Trailing sizes of 1 may be missing.
        let found = tensor.dimensions + [Int](repeating: 1, count: max(0, 3 - tensor.dimensions.count))
        guard found == [columns, rows, experts] else {
            throw .tensorShape(
                tensor.name, expected: [columns, rows, experts], found: tensor.dimensions, path: file.path)
        }
        return try weight(tensor, rows: tensor.rows, columns: columns)
    }

    /// A float32 vector `[count]`.
    func vector(_ name: String, count: Int) throws(ModelError) -> NamedVector {
        let tensor = try find(name)
        guard tensor.columns == count, tensor.rows == 1 else {
            throw .tensorShape(tensor.name, expected: [count], found: tensor.dimensions, path: file.path)
        }
        return try vector(tensor, count: count)
    }

    /// A float32 matrix `[rows, columns]`, row after row.
    func vector(_ name: String, rows: Int, columns: Int) throws(ModelError) -> NamedVector {
        let tensor = try find(name)
        guard tensor.columns == columns, tensor.rows == rows, tensor.dimensions.count <= 2 else {
            throw .tensorShape(tensor.name, expected: [columns, rows], found: tensor.dimensions, path: file.path)
        }
        return try vector(tensor, count: rows * columns)
    }

    /// A float32 matrix `[rows, columns]`, row after row, of a tensor that may have sizes of 1 besides.
    func flatVector(_ name: String, rows: Int, columns: Int) throws(ModelError) -> NamedVector {
        let tensor = try find(name)
        let sizes = tensor.dimensions.dropFirst().filter { $0 != 1 }
        guard tensor.columns == columns, sizes == [rows] || (rows == 1 && sizes.isEmpty) else {
            throw .tensorShape(tensor.name, expected: [columns, rows], found: tensor.dimensions, path: file.path)
        }
        return try vector(tensor, count: rows * columns)
    }

    private func vector(_ tensor: TensorInfo, count: Int) throws(ModelError) -> NamedVector {
        guard tensor.type.rawValue == WeightFormat.f32.rawValue else {
            throw .tensorType(
                tensor.name, found: tensor.type.name, supported: [WeightFormat.f32.name], path: file.path)
        }
        do throws(Tensors.TensorError) {
            return NamedVector(name: tensor.name, vector: try WeightVector(bytes: file.bytes(of: tensor), count: count))
        } catch {
            throw .tensor(tensor.name, error, path: file.path)
        }
    }

    /// The vector, or nil where the file has none of that name.
    func optionalVector(_ name: String, count: Int) throws(ModelError) -> NamedVector? {
        has(name) ? try vector(name, count: count) : nil
    }

    /// The name in the file.
    func name(_ name: String) -> String { prefix + name }

    func refusal(_ what: String) -> ModelError { .rope(what, path: file.path) }

    func unsupported(_ what: String) -> ModelError { .unsupported(what, path: file.path) }

    /// What a graph said of these tensors.
    func failure(_ error: GraphError) -> ModelError { .graph(error, path: file.path) }

    private func find(_ name: String) throws(ModelError) -> TensorInfo {
        guard let tensor = file.tensor(named: prefix + name) else {
            throw .missingTensor(prefix + name, path: file.path)
        }
        return tensor
    }
}

/// The weights of a product `scale * weights . x + bias`, and what adapters add to it.
struct Linear {
    let weights: NamedMatrix
    var bias: NamedVector?
    /// nil: 1.
    var scale: Float? = nil
    var updates: [LowRankUpdate] = []

    /// Some of its rows: as many results.
    func rows(_ range: Range<Int>) -> Linear {
        Linear(
            weights: NamedMatrix(name: weights.name, matrix: weights.matrix.rows(range)),
            bias: bias.map { NamedVector(name: $0.name, vector: $0.vector.elements(range)) }, scale: scale,
            updates: updates.map { $0.rows(range) })
    }
}
