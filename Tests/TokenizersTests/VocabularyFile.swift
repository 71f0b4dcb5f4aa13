import GGUF
import Swiftlet
import Synchronization
import TestSupport
import Tokenizers

/// The tokenizers of the shared vocabularies, each read once.
enum VocabularyFile {
    /// - Parameter preTokenizer: instead of the file's own.
    static func sharedTokenizer(_ name: String, preTokenizer: String? = nil) throws -> Tokenizer {
        try tokenizers.withLock { tokenizers in
            let key = [name, preTokenizer]
            if let tokenizer = tokenizers[key] { return tokenizer }
            let file = try GGUFFile(path: SharedData.path("vocab/ggml-vocab-\(name).gguf"))
            let tokenizer = try Tokenizer(file, preTokenizer: preTokenizer)
            tokenizers[key] = tokenizer
            return tokenizer
        }
    }

    private static let tokenizers = Mutex<[[String?]: Tokenizer]>([:])
}
