import CDefaultModel

/// The models that are part of the executable.
enum BuiltInModel {
    /// Writes text.
    case chat
    /// Turns text into vectors.
    case embedding
    /// Turns speech to text.
    case speech
    /// Translates English to French.
    case translation

    /// Stands for the path in messages.
    var name: String {
        switch self {
        case .chat: "built-in model"
        case .embedding: "built-in embedding model"
        case .speech: "built-in speech model"
        case .translation: "built-in translation model"
        }
    }

    /// A GGUF file's bytes.
    @unsafe var bytes: UnsafeRawBufferPointer {
        var size = 0
        let start =
            switch self {
            case .chat: unsafe swl_default_model(&size)
            case .embedding: unsafe swl_default_embedding_model(&size)
            case .speech: unsafe swl_default_speech_model(&size)
            case .translation: unsafe swl_default_translation_model(&size)
            }
        return unsafe UnsafeRawBufferPointer(start: start, count: size)
    }
}
