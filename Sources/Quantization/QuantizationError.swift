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
    case notFinite(tensor: String, row: Int, column: Int, path: String)
    /// A tensor's bytes cannot be used where they are.
    case tensor(name: String, Tensors.TensorError, path: String)
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
        case .notFinite(let tensor, let row, let column, let path):
            "\(path): tensor \(tensor.debugDescription) is infinite or NaN in row \(row), column \(column); "
                + "the model is damaged"
        case .tensor(let name, let error, let path): "\(path): tensor \(name.debugDescription): \(error)"
        case .interpreter(let error): "\(error)"
        case .cancelled: "cancelled"
        }
    }
}
