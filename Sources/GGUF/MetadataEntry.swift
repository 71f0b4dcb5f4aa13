/// The type of a metadata value, with the format's numbers.
package enum ValueType: UInt32, CaseIterable, Sendable, CustomStringConvertible {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes of a value, nil where that varies.
    var size: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }

    /// The specification's name.
    package var description: String {
        switch self {
        case .uint8: "uint8"
        case .int8: "int8"
        case .uint16: "uint16"
        case .int16: "int16"
        case .uint32: "uint32"
        case .int32: "int32"
        case .float32: "float32"
        case .bool: "bool"
        case .string: "string"
        case .array: "array"
        case .uint64: "uint64"
        case .int64: "int64"
        case .float64: "float64"
        }
    }
}

/// Where a metadata value is in the file. Made by the parser only: the ranges are checked.
struct MetadataEntry: Sendable {
    let key: String
    let type: ValueType
    /// The type of an array's elements; ``type`` itself for a single value.
    let elementType: ValueType
    /// How many elements; one for a single value.
    let count: Int
    /// The values' bytes: of a single string its bytes alone, of an array of strings each with its length before it.
    let payload: Range<Int>

    /// Reads a key and its value.
    init(parsing cursor: inout Cursor) throws(FormatError) {
        let start = cursor.offset
        let key = try cursor.text("a metadata key")
        guard !key.isEmpty else { throw .emptyKey(offset: start) }
        guard key.utf8.count <= Header.maximumKeyLength else {
            throw .keyTooLong(offset: start, length: key.utf8.count)
        }
        self.key = key
        type = try Self.valueType(&cursor, key)
        if type != .array {
            (elementType, count) = (type, 1)
            payload = try Self.values(&cursor, type, count: 1, key)
            return
        }
        let elementOffset = cursor.offset
        elementType = try Self.valueType(&cursor, key)
        guard elementType != .array else { throw .nestedArray(key: key, offset: elementOffset) }
        let elementSize = elementType.size ?? MemoryLayout<UInt64>.size
        count = try cursor.count(
            "elements of \(key.quoted)", limit: max(cursor.remaining - MemoryLayout<UInt64>.size, 0) / elementSize)
        payload =
            elementType == .string
            ? try Self.strings(&cursor, count: count, key)
            : try Self.values(&cursor, elementType, count: count, key)
    }

    /// For messages, such as "float32" or "an array of 3 float32".
    var typeDescription: String { type == .array ? "an array of \(count) \(elementType)" : "\(type)" }

    private static func valueType(_ cursor: inout Cursor, _ key: String) throws(FormatError) -> ValueType {
        let offset = cursor.offset
        let id: UInt32 = try cursor.integer("the value type of \(key.quoted)")
        guard let type = ValueType(rawValue: id) else { throw .unknownValueType(id, key: key, offset: offset) }
        return type
    }

    /// Passes over values of one size, or over a single string.
    private static func values(
        _ cursor: inout Cursor, _ type: ValueType, count: Int, _ key: String
    ) throws(FormatError) -> Range<Int> {
        guard let size = type.size else { return try cursor.string("the value of \(key.quoted)") }
        let (byteCount, overflow) = UInt64(count).multipliedReportingOverflow(by: UInt64(size))
        let range = try cursor.skip(overflow ? .max : byteCount, "the value of \(key.quoted)")
        if type == .bool {
            for offset in range {
                let value: UInt8 = cursor.bytes.load(offset)
                guard value <= 1 else { throw .invalidBool(value, key: key, offset: offset) }
            }
        }
        return range
    }

    /// Passes over strings, so that later walks need no checks.
    private static func strings(
        _ cursor: inout Cursor, count: Int, _ key: String
    ) throws(FormatError) -> Range<Int> {
        let start = cursor.offset
        for _ in 0..<count { _ = try cursor.string("the value of \(key.quoted)") }
        return start..<cursor.offset
    }
}
