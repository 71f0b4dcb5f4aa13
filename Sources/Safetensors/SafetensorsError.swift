package import JSON

/// What is wrong with a safetensors file.
package enum SafetensorsError: Error, Equatable, CustomStringConvertible {
    /// Fewer bytes than the length and the header it announces.
    case truncated(byteCount: Int, needed: UInt64)
    case headerTooLong(UInt64)
    case json(JSONError)
    /// The header, or a part of it, is another kind of JSON value.
    case kind(place: String, expected: String, found: String)
    case duplicate(tensor: String)
    case unknownElementType(tensor: String, found: String)
    case shape(tensor: String, found: String)
    /// Ends before it begins, or after the file.
    case offsets(tensor: String, begin: Int, end: Int, dataBytes: Int)
    /// Not as many bytes as the shape needs.
    case size(tensor: String, expected: Int, found: Int)
    /// The bytes of the tensors, in order, leave a gap or overlap.
    case notContiguous(tensor: String, expected: Int, found: Int)
    /// Bytes behind the last tensor.
    case excess(expected: Int, found: Int)

    package var description: String {
        switch self {
        case .truncated(let count, let needed): "the file has \(count) bytes where its header needs \(needed)"
        case .headerTooLong(let length):
            "the header would have \(length) bytes, more than the \(SafetensorsHeader.longest) that are allowed; this is "
                + "no safetensors file"
        case .json(let error): "the header's \(error)"
        case .kind(let place, let expected, let found):
            "the header's \(place.visible) must be \(expected), found \(found)"
        case .duplicate(let tensor): "the tensor \(tensor.visible) is there twice"
        case .unknownElementType(let tensor, let found):
            "the tensor \(tensor.visible) has elements of the unknown type \(found.visible)"
        case .shape(let tensor, let found):
            "the tensor \(tensor.visible) has the impossible shape \(found.visible)"
        case .offsets(let tensor, let begin, let end, let count):
            "the tensor \(tensor.visible) is at bytes \(begin) to \(end) of \(count)"
        case .size(let tensor, let expected, let found):
            "the tensor \(tensor.visible) has \(found) bytes where its shape needs \(expected)"
        case .notContiguous(let tensor, let expected, let found):
            "the tensor \(tensor.visible) begins at byte \(found), where \(expected) is next: tensors must neither overlap "
                + "nor leave gaps"
        case .excess(let expected, let found): "the tensors have \(expected) bytes, but the file holds \(found)"
        }
    }
}

extension String {
    /// For messages: in quotes, at most 80 characters, control characters escaped.
    var visible: String { count <= 80 ? debugDescription : "\(prefix(80))...".debugDescription }
}
