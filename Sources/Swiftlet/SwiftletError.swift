internal import GGUF
internal import Interpreter
internal import Models
internal import Tensors
internal import Tokenizers

/// A failure: a code for a program, a message for a person.
public struct SwiftletError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for a program to act on.
    public enum Code: Sendable, Hashable {
        /// The file cannot be read, or is not what its header says.
        case file
        /// The file holds no model that this version can run.
        case model
        /// The file's vocabulary cannot be used.
        case tokenizer
        /// A value that the caller gave is out of range.
        case invalidArgument
        /// The index holds vectors that cannot be compared with the query's: another model made them.
        case indexMismatch
        /// More tokens than the context holds.
        case contextFull
        /// The system has no memory left for it.
        case outOfMemory
        /// The caller asked to stop.
        case cancelled
    }

    /// The kind of failure.
    public let code: Code
    /// The problem, its place, and how to fix it.
    public let message: String
    /// The file that is wrong; nil where none is, or only the message tells.
    public let path: String?
    /// The byte of the file, decompressed, from which on it is wrong.
    public let offset: Int?

    /// Which of the texts of a call is wrong, from 0 on.
    package let text: Int?

    /// An error with a message of the caller's.
    public init(_ code: Code, _ message: String) {
        self.init(code, message, path: nil)
    }

    init(_ code: Code, _ message: String, path: String?, offset: Int? = nil, text: Int? = nil) {
        self.code = code
        self.message = message
        self.path = path
        self.offset = offset
        self.text = text
    }

    /// The message.
    public var description: String { message }

    init(_ error: GGUFError) {
        let code: Code = if case .input = error { .invalidArgument } else { .file }
        self.init(code, "\(error)", path: error.path, offset: error.offset)
    }

    init(_ error: ModelError) {
        switch error {
        case .file(let error): self.init(error)
        case .rope: self.init(.invalidArgument, "\(error)")
        default: self.init(.model, "\(error)")
        }
    }

    init(_ error: TokenizerError, path: String) { self.init(.tokenizer, "\(path): \(error)", path: path) }

    init(_ error: Tensors.TensorError) {
        if case .outOfMemory = error {
            self.init(.outOfMemory, "\(error)")
        } else {
            self.init(.invalidArgument, "\(error)")
        }
    }

    init(_ error: InterpreterError) {
        switch error {
        case .tensors(let error): self.init(error)
        case .contextFull: self.init(.contextFull, "\(error)")
        case .cancelled: self.init(.cancelled, "cancelled")
        case .tooLarge: self.init(.outOfMemory, "\(error); use a shorter context")
        case .headDimension: self.init(.invalidArgument, "\(error); use the cacheType (--kv-type) f16 or f32")
        case .token, .tokenCount, .batch, .attentionHead: self.init(.invalidArgument, "\(error)")
        }
    }
}
