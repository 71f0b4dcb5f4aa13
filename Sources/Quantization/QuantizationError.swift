package import GGUF
package import Interpreter
package import Tensors

/// Why a model was not quantized.
package enum QuantizationError: Error, CustomStringConvertible {
    /// Reading or writing failed.
    case file(GGUFError)
    /// A tensor is quantized already, which was not allowed.
    case quantized(tensor: String, type: TensorType, path: String)
    /// A tensor of a type that cannot be decoded.
    case undecodable(tensor: String, type: TensorType, path: String)
    /// A weight is infinite or NaN.
    case notFinite(tensor: String, type: String, row: Int, column: Int, value: Double, path: String)
    /// A weight is larger than any of float32.
    case beyondFloat32(tensor: String, row: Int, column: Int, value: Double, path: String)
    /// A tensor's bytes cannot be used where they are.
    case tensor(name: String, Tensors.TensorError, path: String)
    /// The importance matrix does not fit, or there is none.
    case importance(ImportanceError)
    /// No memory, or no threads.
    case interpreter(InterpreterError)
    /// The caller asked to stop.
    case cancelled

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .quantized(let tensor, let type, let path):
            "\(path): tensor \(tensor.debugDescription) is quantized already, to \(type.name); start from the F32, F16 or "
                + "BF16 model, or allow to quantize again, which adds the errors of both"
        case .undecodable(let tensor, let type, let path):
            "\(path): tensor \(tensor.debugDescription) has the type \(type.name), which cannot be decoded"
        case .notFinite(let tensor, let type, let row, let column, let value, let path):
            "\(path): tensor \(tensor.debugDescription) (\(type)) has the weight \(value) in row \(row), column \(column): "
                + "the model is damaged; download it or save it again"
        case .beyondFloat32(let tensor, let row, let column, let value, let path):
            "\(path): tensor \(tensor.debugDescription) has the weight \(value) in row \(row), column \(column), which "
                + "no type can hold that models are run with (at most 3.4e38): save the model in float32"
        case .tensor(let name, let error, let path): "\(path): tensor \(name.debugDescription): \(error)"
        case .importance(let error): "\(error)"
        case .interpreter(let error): "\(error)"
        case .cancelled: "cancelled"
        }
    }
}
