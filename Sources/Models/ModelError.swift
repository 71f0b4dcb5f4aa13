package import GGUF
package import Graph
package import Tensors

/// Why a file is no model that can run.
package enum ModelError: Error, CustomStringConvertible {
    /// The file itself, or a missing or mistyped key.
    case file(GGUFError)
    case unknownArchitecture(String, path: String)
    /// A key's value that no model of this architecture can have.
    case hyperparameter(key: String, found: String, expected: String, path: String)
    /// Something that the file asks for and that is not built.
    case unsupported(String, path: String)
    /// What is asked of its rotary embedding does not fit the model.
    case rope(String, path: String)
    case missingTensor(String, path: String)
    case tensorShape(String, expected: [Int], found: [Int], path: String)
    /// A weight of a type that no kernel reads.
    case tensorType(String, found: String, supported: [String], path: String)
    case tensor(String, Tensors.TensorError, path: String)
    case graph(GraphError, path: String)
    /// An adapter that does not fit the model.
    case adapter(String, path: String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unknownArchitecture(let name, let path):
            "\(path): the architecture '\(name)' is not supported; swiftlet families lists those that are"
        case .hyperparameter(let key, let found, let expected, let path):
            "\(path): \(key) is \(found), expected \(expected)"
        case .unsupported(let what, let path): "\(path): \(what) is not supported"
        case .rope(let what, let path): "\(path): \(what)"
        case .missingTensor(let name, let path): "\(path): the tensor \(name) is missing"
        case .tensorShape(let name, let expected, let found, let path):
            "\(path): the tensor \(name) has the shape \(found), expected \(expected) (columns first)"
        case .tensorType(let name, let found, let supported, let path):
            "\(path): the tensor \(name) is \(found); supported are \(supported.joined(separator: ", "))"
        case .tensor(let name, let error, let path): "\(path): the tensor \(name): \(error)"
        case .graph(let error, let path): "\(path): \(error)"
        case .adapter(let what, let path): "\(path): \(what)"
        }
    }
}
