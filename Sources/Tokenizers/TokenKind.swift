/// The kind of a vocabulary entry; the values of `tokenizer.ggml.token_type` in GGUF.
package enum TokenKind: UInt8, Sendable, CaseIterable {
    /// A piece of ordinary text.
    case normal = 1
    /// Stands for text that the vocabulary cannot express.
    case unknown = 2
    /// Steers the model (`<s>`, `<|im_end|>`); text becomes it only when special tokens are parsed.
    case control = 3
    /// Added after training; its text is always one token.
    case userDefined = 4
    /// Reserved, never learned.
    case unused = 5
    /// One raw byte, written `<0xXX>`.
    case byte = 6

    /// Whether ordinary text may become this token by merging. Text never becomes a control, unknown or byte token
    /// that way, so a user cannot forge one by spelling it.
    var isText: Bool {
        switch self {
        case .normal, .userDefined, .unused: true
        case .unknown, .control, .byte: false
        }
    }
}
