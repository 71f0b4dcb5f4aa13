/// Why a tokenizer could not be built. Encoding and decoding never fail.
package enum TokenizerError: Error, Equatable {
    /// No algorithm is known for this value of `tokenizer.ggml.model`.
    case unknownModel(String, known: [String])
    /// No splitting rule is known for this value of `tokenizer.ggml.pre`.
    case unknownPreTokenizer(String, known: [String])
    /// A special token id is not an index of the vocabulary.
    case specialTokenOutOfRange(name: String, id: Int32, vocabularySize: Int)
    /// A token must be added to every text, but its id is not given.
    case missingSpecialToken(name: String, requiredBy: String)
    /// A token of kind `byte` whose text is not `<0xXX>`.
    case invalidByteToken(id: Int32, text: String)
    /// `precompiled_charsmap` is not what SentencePiece compiles; why not.
    case invalidCharsmap(String)
    /// More strings, or more bytes of text, than 32-bit ids and offsets can address.
    case tooManyStrings(limit: Int)
    case tooManyBytes(limit: Int)
}

extension TokenizerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownModel(let name, let known):
            "unknown tokenizer model '\(name)'; known are: \(known.joined(separator: ", "))"
        case .unknownPreTokenizer(let name, let known):
            "unknown pre-tokenizer '\(name)'; known are: \(known.joined(separator: ", "))"
        case .specialTokenOutOfRange(let name, let id, let size):
            "special token '\(name)' has id \(id), but the vocabulary has \(size) tokens"
        case .missingSpecialToken(let name, let requiredBy):
            "'\(requiredBy)' is set, but there is no '\(name)' token"
        case .invalidByteToken(let id, let text):
            "token \(id) is a byte token, but its text '\(text)' is not of the form <0xXX>"
        case .invalidCharsmap(let reason):
            "precompiled_charsmap is no table of SentencePiece's: \(reason)"
        case .tooManyStrings(let limit):
            "a vocabulary or merge table has more than \(limit) entries"
        case .tooManyBytes(let limit):
            "the texts of a vocabulary or merge table have more than \(limit) bytes"
        }
    }
}
