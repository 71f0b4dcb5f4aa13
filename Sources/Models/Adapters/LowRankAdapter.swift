package import GGUF
internal import Graph
internal import Tensors

/// A LoRA adapter (arXiv:2106.09685) of a model: what is added to some of its weights, `scale * b . a`.
///
/// A file as llama.cpp has it: `general.type` is `adapter`, `adapter.type` is `lora`, `general.architecture` the model's;
/// `adapter.lora.alpha` by the rank of a pair is its constant factor, where alpha is not 0. For a weight `NAME` of `[rows,
/// columns]` there are `NAME.lora_a`, `[rank, columns]`, and `NAME.lora_b`, `[rows, rank]`; for the token embedding, whose
/// rows are looked up, `lora_a` is `[vocabulary, rank]` and `lora_b` is `[columns, rank]`.
///
/// Source: `llama-adapter.cpp` of llama.cpp.
package final class LowRankAdapter: Sendable {
    /// The two matrices for a weight.
    struct Pair: Sendable {
        let a: NamedMatrix
        let b: NamedMatrix
        /// `alpha / rank`
        let factor: Float
    }

    package let file: GGUFFile
    /// By the weight's name.
    let pairs: [String: Pair]
    package let alpha: Float
    /// Matrices that the file has as quantized ones and that are read as floats.
    private let unpacked: UnpackedMatrices

    static let suffixes = (a: ".lora_a", b: ".lora_b")

    /// Checks the file against the model's.
    ///
    /// - Throws: ``ModelError`` when it is no adapter of this model.
    package init(_ file: GGUFFile, of model: GGUFFile) throws(ModelError) {
        self.file = file
        let alpha = try Self.alpha(file, of: model)
        let unpacked = UnpackedMatrices()
        var pairs: [String: Pair] = [:]
        for tensor in file.tensors {
            guard let name = Self.weight(of: tensor.name) else {
                throw .adapter(
                    "the tensor \(tensor.name) is no part of a LoRA (NAME.lora_a, NAME.lora_b)", path: file.path)
            }
            guard pairs[name] == nil else { continue }
            pairs[name] = try Self.pair(name, file, model, alpha, unpacked)
        }
        guard !pairs.isEmpty else { throw .adapter("the adapter has no tensors", path: file.path) }
        self.alpha = alpha
        self.pairs = pairs
        self.unpacked = unpacked
    }

    /// The weights that it changes.
    package var weightNames: [String] { pairs.keys.sorted() }

    /// The weight that a tensor of an adapter belongs to.
    package static func weight(of tensor: String) -> String? {
        for suffix in [suffixes.a, suffixes.b] where tensor.hasSuffix(suffix) && tensor.utf8.count > suffix.utf8.count {
            return String(tensor.dropLast(suffix.count))
        }
        return nil
    }

    /// `adapter.lora.alpha`, once the file is known to be an adapter of this architecture.
    private static func alpha(_ file: GGUFFile, of model: GGUFFile) throws(ModelError) -> Float {
        do throws(GGUFError) {
            let type = try file.metadata.string("general.type", default: "")
            guard type == "adapter" else {
                throw GGUFError.wrongValue(
                    key: "general.type", expected: "adapter", found: type.isEmpty ? "nothing" : type, path: file.path)
            }
            let kind = try file.metadata.string("adapter.type")
            guard kind == "lora" else {
                throw GGUFError.wrongValue(key: "adapter.type", expected: "lora", found: kind, path: file.path)
            }
            let architecture = try file.metadata.string("general.architecture")
            let expected = try model.metadata.string("general.architecture")
            guard architecture == expected else {
                throw GGUFError.wrongValue(
                    key: "general.architecture", expected: "\(expected), the model's", found: architecture,
                    path: file.path)
            }
            let alpha = try file.metadata.float("adapter.lora.alpha", default: 0)
            guard alpha.isFinite else {
                throw GGUFError.wrongValue(
                    key: "adapter.lora.alpha", expected: "a finite number", found: "\(alpha)", path: file.path)
            }
            let invocation = "adapter.alora.invocation_tokens"
            guard !file.metadata.contains(invocation) else {
                throw GGUFError.wrongValue(
                    key: invocation, expected: "nothing: adapters that begin at a token are not supported",
                    found: "tokens", path: file.path)
            }
            return alpha
        } catch {
            throw .file(error)
        }
    }

    private static func pair(
        _ name: String, _ file: GGUFFile, _ model: GGUFFile, _ alpha: Float, _ unpacked: UnpackedMatrices
    ) throws(ModelError) -> Pair {
        func part(_ suffix: String) throws(ModelError) -> TensorInfo {
            guard let tensor = file.tensor(named: name + suffix) else {
                throw .missingTensor(name + suffix, path: file.path)
            }
            return tensor
        }
        let (a, b) = (try part(suffixes.a), try part(suffixes.b))
        // A model whose head is its token embedding has no tensor of its own for it.
        let isTied = name == "output.weight" && model.tensor(named: name) == nil
        guard let weight = model.tensor(named: isTied ? embedding : name) else {
            throw .adapter("the model has no tensor \(name): the adapter is another model's", path: file.path)
        }
        guard weight.dimensions.count <= 2 else {
            throw .adapter(
                "\(name) has the sizes \(weight.dimensions): adapters of experts and of convolutions are not supported",
                path: file.path)
        }
        // Those of the token embedding are looked up by rows.
        let isLookup = name == embedding
        let rank = b.dimensions[0]
        let expectedA = isLookup ? [rank, weight.rows] : [weight.columns, rank]
        let expectedB = [rank, isLookup ? weight.columns : weight.rows]
        guard a.dimensions == expectedA else {
            throw .tensorShape(a.name, expected: expectedA, found: a.dimensions, path: file.path)
        }
        guard b.dimensions == expectedB else {
            throw .tensorShape(b.name, expected: expectedB, found: b.dimensions, path: file.path)
        }
        let factor = alpha == 0 ? 1 : alpha / Float(rank)
        guard factor.isFinite else { throw .adapter("alpha is too large: \(alpha)", path: file.path) }
        return Pair(a: try matrix(a, file), b: try unpacked.floats(matrix(b, file), path: file.path), factor: factor)
    }

    static let embedding = "token_embd.weight"

    private static func matrix(_ tensor: TensorInfo, _ file: GGUFFile) throws(ModelError) -> NamedMatrix {
        try TensorScope(file).matrix(tensor.name, rows: nil, columns: tensor.columns)
    }
}

/// Copies of quantized matrices as float32.
private final class UnpackedMatrices: @unchecked Sendable {  // written only while its adapter is made
    private final class Copy {
        let arena: Arena

        init(_ bytes: Int) throws(Tensors.TensorError) { arena = try Arena(byteCount: bytes) }
    }

    private var copies: [Copy] = []

    /// The matrix itself where its format is one of floats.
    func floats(_ named: NamedMatrix, path: String) throws(ModelError) -> NamedMatrix {
        let matrix = named.matrix
        guard matrix.format.isQuantized else { return named }
        do throws(Tensors.TensorError) {
            let bytes = try WeightFormat.f32.rowBytes(columns: matrix.columns).multipliedReportingOverflow(
                by: matrix.rows)
            guard !bytes.overflow else { throw .dimensions(rows: matrix.rows, columns: matrix.columns) }
            let copy = try Copy(bytes.partialValue)
            let view = copy.arena.view
            let values = view.floats(at: 0, rows: matrix.rows, columns: matrix.columns, stride: matrix.columns)
            for row in 0..<matrix.rows { Kernels.best.unpack(matrix, row: row, to: values, row: row) }
            copies.append(copy)
            return NamedMatrix(
                name: named.name,
                matrix: try view.weights(at: 0, format: .f32, rows: matrix.rows, columns: matrix.columns))
        } catch {
            throw .tensor(named.name, error, path: path)
        }
    }
}
