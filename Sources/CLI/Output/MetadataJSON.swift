import GGUF

extension Metadata {
    /// Longer arrays are abbreviated.
    private static let longestArray = 16
    private static let shownElements = 8

    /// All pairs as an object.
    ///
    /// - Parameter isFull: long arrays as arrays; otherwise as `{"count", "element_type", "first"}`.
    func json(isFull: Bool) throws(GGUFError) -> JSON {
        var object: [String: JSON] = [:]
        for (key, value) in self {
            guard value.type == .array else {
                object[key] = try scalar(key, value)
                continue
            }
            let elements = try elements(key, value)
            if isFull || elements.count <= Self.longestArray {
                object[key] = .array(elements)
            } else {
                object[key] = .object([
                    "count": .int(elements.count), "element_type": .string("\(value.elementType)"),
                    "first": .array(Array(elements.prefix(Self.shownElements))),
                ])
            }
        }
        return .object(object)
    }

    private func scalar(_ key: String, _ value: MetadataValue) throws(GGUFError) -> JSON {
        switch value.type {
        case .string: return .string(try string(key))
        case .bool: return .bool(try bool(key))
        case .float32: return .float(try float(key))
        // These may have more digits than the getters give.
        case .float64: return .number(Double(value.description) ?? .nan)
        case .uint64: return UInt64(value.description).map(JSON.unsigned) ?? .null
        default: return .int(try int(key))
        }
    }

    private func elements(_ key: String, _ value: MetadataValue) throws(GGUFError) -> [JSON] {
        switch value.elementType {
        case .string: try strings(key).map(JSON.string)
        case .bool: try bools(key).map(JSON.bool)
        case .float32, .float64: try floats(key).map(JSON.float)
        default: try ints(key).map(JSON.int)
        }
    }
}
