/// A metadata value where it stands in the file.
package struct MetadataValue: Sendable {
    let part: FilePart
    let entry: MetadataEntry

    package var type: ValueType { entry.type }
    /// The type of an array's elements; ``type`` itself for a single value.
    package var elementType: ValueType { entry.elementType }
    /// How many elements; one for a single value.
    package var count: Int { entry.count }

    /// The encoded values (see ``MetadataEntry/payload``).
    var bytes: RawSpan {
        @_lifetime(borrow self)
        get { part.bytes.extracting(entry.payload) }
    }

    /// An element of any integer type, nil for other types and numbers that do not fit.
    func integer(at position: Int) -> Int? {
        switch elementType {
        case .uint8: Int(load(position) as UInt8)
        case .int8: Int(load(position) as Int8)
        case .uint16: Int(load(position) as UInt16)
        case .int16: Int(load(position) as Int16)
        case .uint32: Int(load(position) as UInt32)
        case .int32: Int(load(position) as Int32)
        case .uint64: Int(exactly: load(position) as UInt64)
        case .int64: Int(load(position) as Int64)
        case .float32, .float64, .bool, .string, .array: nil
        }
    }

    /// An element of a float type, nil for other types.
    func float(at position: Int) -> Float? {
        switch elementType {
        case .float32: Float(bitPattern: load(position))
        case .float64: Float(Double(bitPattern: load(position)))
        default: nil
        }
    }

    /// An element of a bool value.
    func bool(at position: Int) -> Bool { load(position) as UInt8 != 0 }

    private func load<T: FixedWidthInteger & BitwiseCopyable>(_ position: Int) -> T {
        bytes.load(position * MemoryLayout<T>.size)
    }
}

// MARK: Arrays

extension MetadataValue {
    /// All elements of an array of any integer type.
    func integers() throws(GGUFError) -> [Int] {
        switch elementType {
        case .uint8: return elements(of: UInt8.self) { Int($0) }
        case .int8: return elements(of: Int8.self) { Int($0) }
        case .uint16: return elements(of: UInt16.self) { Int($0) }
        case .int16: return elements(of: Int16.self) { Int($0) }
        case .uint32: return elements(of: UInt32.self) { Int($0) }
        case .int32: return elements(of: Int32.self) { Int($0) }
        case .int64: return elements(of: Int64.self) { Int($0) }
        case .uint64:
            let numbers = elements(of: UInt64.self) { $0 }
            if let large = numbers.first(where: { $0 > UInt64(Int.max) }) {
                throw mismatch("an array of integers", found: "uint64 \(large) in it")
            }
            return numbers.map { Int($0) }
        case .float32, .float64, .bool, .string, .array: throw mismatch("an array of integers")
        }
    }

    /// All elements of an array of a float type.
    func floats() throws(GGUFError) -> [Float] {
        switch elementType {
        case .float32: return elements(of: UInt32.self) { Float(bitPattern: $0) }
        case .float64: return elements(of: UInt64.self) { Float(Double(bitPattern: $0)) }
        default: throw mismatch("an array of floats")
        }
    }

    /// All elements of an array of bools.
    func bools() throws(GGUFError) -> [Bool] {
        guard elementType == .bool else { throw mismatch("an array of bools") }
        return elements(of: UInt8.self) { $0 != 0 }
    }

    /// The elements as they are stored, each turned into an `R`.
    private func elements<T: FixedWidthInteger & BitwiseCopyable, R>(of type: T.Type, _ convert: (T) -> R) -> [R] {
        let bytes = bytes
        var elements: [R] = []
        elements.reserveCapacity(count)
        for position in 0..<count { elements.append(convert(bytes.load(position * MemoryLayout<T>.size))) }
        return elements
    }
}

// MARK: Messages

extension MetadataValue {
    /// The error for a value that is not what was `expected`.
    ///
    /// - Parameter found: the actual kind; its type when nil.
    func mismatch(_ expected: String, found: String? = nil) -> GGUFError {
        .wrongValue(key: entry.key, expected: expected, found: found ?? entry.typeDescription, path: part.path)
    }

    private func text(at position: Int) -> String {
        switch elementType {
        case .float32: "\(Float(bitPattern: load(position)))"
        case .float64: "\(Double(bitPattern: load(position)))"
        case .bool: "\(bool(at: position))"
        case .uint64: "\(load(position) as UInt64)"
        default: integer(at: position).map { "\($0)" } ?? ""
        }
    }
}

/// The value in one line; long strings and arrays are abbreviated.
extension MetadataValue: CustomStringConvertible {
    private static let shownElements = 6
    private static let shownBytes = 60

    package var description: String {
        guard type == .array else { return elementType == .string ? Self.quoted(bytes) : text(at: 0) }
        var shown: [String] = []
        if elementType == .string {
            StringArray(self).forEach(first: Self.shownElements) { shown.append(Self.quoted($0)) }
        } else {
            shown = (0..<min(count, Self.shownElements)).map(text(at:))
        }
        let rest = count > shown.count ? ", ... (\(count))" : ""
        return "[\(shown.joined(separator: ", "))\(rest)]"
    }

    private static func quoted(_ bytes: RawSpan) -> String {
        let shown = bytes.extracting(first: shownBytes).repairedString.debugDescription
        return bytes.byteCount > shownBytes ? "\(shown)... (\(bytes.byteCount) bytes)" : shown
    }
}
