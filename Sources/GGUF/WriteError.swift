/// An error in a file to be written, or in the order of writing.
package enum WriteError: Error, Equatable, CustomStringConvertible {
    case alignment(Int)
    case emptyKey
    case keyTooLong(String)
    /// `general.alignment` follows ``GGUFContents/alignment``.
    case reservedKey(String)
    case tensor(name: String, TensorError)
    /// Bytes for another tensor than the one whose turn it is; nil when all are complete.
    case order(expected: String?, found: String)
    /// More bytes than the tensor has.
    case excess(tensor: String, byteCount: Int)
    /// Bytes of a compressed stream cannot be replaced.
    case compressed
    /// Finished before the tensor had all its bytes.
    case incomplete(tensor: String, written: Int, byteCount: Int)

    package var description: String {
        switch self {
        case .alignment(let found):
            "the alignment must be a power of two from \(Alignment.minimum) to \(Alignment.maximum), found \(found)"
        case .emptyKey: "empty metadata key"
        case .keyTooLong(let key):
            "metadata key of \(key.utf8.count) bytes, at most \(Header.maximumKeyLength) are allowed"
        case .reservedKey(let key): "the key \(key.quoted) is written by itself, from the alignment"
        case .tensor(let name, let error): "tensor \(name.quoted): \(error)"
        case .order(let expected?, let found): "bytes of tensor \(found.quoted) while \(expected.quoted) is next"
        case .order(nil, let found): "bytes of tensor \(found.quoted) after the last tensor was complete"
        case .excess(let tensor, let byteCount): "more than the \(byteCount) bytes of tensor \(tensor.quoted)"
        case .compressed: "what is written of a compressed file cannot be changed"
        case .incomplete(let tensor, let written, let byteCount):
            "tensor \(tensor.quoted) has \(written) of its \(byteCount) bytes"
        }
    }
}
