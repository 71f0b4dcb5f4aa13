package import GGUF
package import JSON
package import Quantization
package import Safetensors

/// Why a model was not converted.
package enum ConversionError: Error, CustomStringConvertible {
    /// Opening, reading or writing failed.
    case file(GGUFError)
    case json(JSONError, path: String)
    case safetensors(SafetensorsError, path: String)
    case missingFile(String, folder: String)
    /// A file where a folder was expected.
    case notFolder(path: String)
    /// No safetensors; `found` are weights in another format.
    case missingWeights(folder: String, found: String?)
    /// A value of a configuration is missing, of another kind, or out of range.
    case configuration(key: String, expected: String, found: String, path: String)
    case unknownArchitecture(String, known: [String], path: String)
    /// The model asks for what cannot be written, or would be computed wrongly.
    case unsupported(String, path: String)
    case missingTensor(String, path: String)
    case ambiguousTensor(String, String, path: String)
    case shape(tensor: String, expected: [Int], found: [Int], path: String)
    case elementType(tensor: String, ElementType, path: String)
    /// Tensors that the family does not know: leaving them out would change what the model computes.
    case unknownTensors([String], path: String)
    /// The vocabulary cannot be written.
    case tokenizer(String, path: String)
    /// Choosing types, threads, memory; the output; the caller's wish to stop.
    case quantization(QuantizationError)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .json(let error, let path): "\(path): no JSON: \(error)"
        case .safetensors(let error, let path): "\(path): \(error)"
        case .missingFile(let name, let folder):
            "\(folder): there is no \(name); a model as Hugging Face stores it was expected"
        case .notFolder(let path):
            "\(path): a folder from Hugging Face, or a file of whisper.cpp's, was expected, but this is another file; "
                + "swiftlet quantize changes the types of a GGUF file"
        case .missingWeights(let folder, let found?):
            "\(folder): the weights are in \(found), which cannot be read; save the model with safetensors"
        case .missingWeights(let folder, nil):
            "\(folder): there is neither model.safetensors nor model.safetensors.index.json"
        case .configuration(let key, let expected, let found, let path):
            "\(path): \(key.visible) must be \(expected), found \(found)"
        case .unknownArchitecture(let found, let known, let path):
            "\(path): models of the class \(found.visible) cannot be converted; known are \(known.joined(separator: ", "))"
        case .unsupported(let what, let path): "\(path): \(what) is not supported"
        case .missingTensor(let name, let path): "\(path): the tensor \(name.visible) is missing"
        case .ambiguousTensor(let name, let other, let path):
            "\(path): the tensors \(name.visible) and \(other.visible) have the same meaning"
        case .shape(let tensor, let expected, let found, let path):
            "\(path): the tensor \(tensor.visible) must have the shape \(expected), found \(found)"
        case .elementType(let tensor, let type, let path):
            "\(path): the tensor \(tensor.visible) has \(type.rawValue) elements; F64, F32, F16 and BF16 can be converted"
        case .unknownTensors(let names, let path):
            "\(path): unknown tensors, without which the model would compute something else: "
                + names.prefix(5).map(\.visible).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
        case .tokenizer(let problem, let path): "\(path): \(problem)"
        case .quantization(let error): "\(error)"
        }
    }
}

extension String {
    /// For messages: in quotes, at most 80 characters, control characters escaped.
    var visible: String { count <= 80 ? debugDescription : "\(prefix(80))...".debugDescription }
}
