internal import Graph
internal import Models
internal import Safetensors
internal import Tensors

/// A Dense module of sentence-transformers: a layer behind the pooling, from `config.json` and `model.safetensors`.
struct DenseModule: Sendable {
    /// Points into the file's map.
    let layer: DenseLayer
    private let file: SafetensorsFile

    /// - Throws: ``SwiftletError``: `file` for files that cannot be read or do not fit together, `model` for an activation
    ///   that is not supported.
    init(_ folder: String) throws(SwiftletError) {
        let activation = try Self.activation("\(folder)/config.json")
        let path = "\(folder)/model.safetensors"
        let file: SafetensorsFile
        do throws(SafetensorsFileError) {
            file = try SafetensorsFile(path: path)
        } catch {
            throw SwiftletError(.file, "\(error)")
        }
        guard let weight = file.tensors.first(where: { $0.name == "linear.weight" }), weight.shape.count == 2,
            let format = weight.type.format
        else {
            throw SwiftletError(.file, "\(path): expected a matrix linear.weight of F32, F16 or BF16")
        }
        let bias = file.tensors.first { $0.name == "linear.bias" }
        guard bias == nil || (bias?.type == .F32 && bias?.shape == [weight.shape[0]]) else {
            throw SwiftletError(.file, "\(path): expected \(weight.shape[0]) numbers of F32 as linear.bias")
        }
        self.file = file
        do throws(Tensors.TensorError) {
            let matrix = try WeightMatrix(
                bytes: file.bytes(of: weight), format: format, rows: weight.shape[0], columns: weight.shape[1])
            var vector: NamedVector?
            if let bias {
                vector = NamedVector(
                    name: bias.name, vector: try WeightVector(bytes: file.bytes(of: bias), count: matrix.rows))
            }
            layer = DenseLayer(
                weights: NamedMatrix(name: weight.name, matrix: matrix), bias: vector, activation: activation)
        } catch {
            throw SwiftletError(.file, "\(path): \(error)")
        }
    }

    private static func activation(_ path: String) throws(SwiftletError) -> Activation? {
        guard let settings = try SidecarFile(path) else { throw SwiftletError(.file, "\(path): the file is missing") }
        let name = try settings.text("activation_function") ?? "Tanh"
        switch name.split(separator: ".").last {
        case "Identity": return nil
        case "Tanh": return .tanh
        case "ReLU": return .relu
        case "GELU": return .gelu
        case "SiLU": return .silu
        default: throw SwiftletError(.model, "\(path): the activation '\(name)' is not supported")
        }
    }
}

extension ElementType {
    fileprivate var format: WeightFormat? {
        switch self {
        case .F32: .f32
        case .F16: .f16
        case .BF16: .bf16
        default: nil
        }
    }
}
