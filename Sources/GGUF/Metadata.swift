/// The metadata of a file: pairs of key and value in file order, typed access by key.
///
/// The getters throw ``GGUFError/missingKey(_:path:)``, unless a default is given, and
/// ``GGUFError/wrongValue(key:expected:found:path:)`` for a value of another type: a default does not hide that.
/// Nothing is copied until it is asked for.
package struct Metadata: Sendable {
    private let part: FilePart

    init(_ part: FilePart) {
        self.part = part
    }

    package func contains(_ key: String) -> Bool { part.header.metadataIndex[key] != nil }

    /// The value of any type, nil when the key is absent.
    package func value(_ key: String) -> MetadataValue? {
        part.header.metadataIndex[key].map { self[$0].value }
    }

    private func required(_ key: String) throws(GGUFError) -> MetadataValue {
        guard let value = value(key) else { throw .missingKey(key, path: part.path) }
        return value
    }
}

extension Metadata: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { part.header.metadata.count }

    package subscript(position: Int) -> (key: String, value: MetadataValue) {
        let entry = part.header.metadata[position]
        return (entry.key, MetadataValue(part: part, entry: entry))
    }
}

// MARK: Single values

extension Metadata {
    package func string(_ key: String) throws(GGUFError) -> String {
        let value = try required(key)
        guard value.type == .string else { throw value.mismatch("a string") }
        return value.bytes.repairedString
    }

    package func string(_ key: String, default fallback: String) throws(GGUFError) -> String {
        contains(key) ? try string(key) : fallback
    }

    /// A value of any integer type that fits in `Int`.
    package func int(_ key: String) throws(GGUFError) -> Int {
        let value = try required(key)
        guard value.type != .array else { throw value.mismatch("an integer") }
        if let number = value.integer(at: 0) { return number }
        throw value.mismatch("an integer", found: value.type == .uint64 ? "uint64 \(value)" : nil)
    }

    package func int(_ key: String, default fallback: Int) throws(GGUFError) -> Int {
        contains(key) ? try int(key) : fallback
    }

    /// A float32 or float64 value, as float32.
    package func float(_ key: String) throws(GGUFError) -> Float {
        let value = try required(key)
        guard value.type != .array, let number = value.float(at: 0) else { throw value.mismatch("a float") }
        return number
    }

    package func float(_ key: String, default fallback: Float) throws(GGUFError) -> Float {
        contains(key) ? try float(key) : fallback
    }

    package func bool(_ key: String) throws(GGUFError) -> Bool {
        let value = try required(key)
        guard value.type == .bool else { throw value.mismatch("a bool") }
        return value.bool(at: 0)
    }

    package func bool(_ key: String, default fallback: Bool) throws(GGUFError) -> Bool {
        contains(key) ? try bool(key) : fallback
    }
}

// MARK: Arrays

extension Metadata {
    /// Max layers that ``ints(_:perLayer:)`` repeats a single value for.
    package static let maximumLayers = 65_536

    /// An array of any integer type whose elements all fit in `Int`.
    package func ints(_ key: String) throws(GGUFError) -> [Int] {
        let value = try required(key)
        guard value.type == .array else { throw value.mismatch("an array of integers") }
        return try value.integers()
    }

    package func ints(_ key: String, default fallback: [Int]) throws(GGUFError) -> [Int] {
        contains(key) ? try ints(key) : fallback
    }

    /// One integer per layer, from an array of that many or from a single value that holds for every layer.
    ///
    /// - Parameter layerCount: 0 to ``maximumLayers``; another number, which a file may claim, throws.
    package func ints(_ key: String, perLayer layerCount: Int) throws(GGUFError) -> [Int] {
        let value = try required(key)
        guard (0...Self.maximumLayers).contains(layerCount) else {
            throw value.mismatch("for at most \(Self.maximumLayers) layers", found: "\(layerCount) layers")
        }
        guard value.type == .array else { return [Int](repeating: try int(key), count: layerCount) }
        guard value.count == layerCount else {
            throw value.mismatch("an integer or an array of \(layerCount), one for each layer")
        }
        return try value.integers()
    }

    package func ints(
        _ key: String, perLayer layerCount: Int, default fallback: [Int]
    ) throws(GGUFError) -> [Int] {
        contains(key) ? try ints(key, perLayer: layerCount) : fallback
    }

    /// An array of float32 or float64, as float32.
    package func floats(_ key: String) throws(GGUFError) -> [Float] {
        let value = try required(key)
        guard value.type == .array else { throw value.mismatch("an array of floats") }
        return try value.floats()
    }

    package func floats(_ key: String, default fallback: [Float]) throws(GGUFError) -> [Float] {
        contains(key) ? try floats(key) : fallback
    }

    package func bools(_ key: String) throws(GGUFError) -> [Bool] {
        let value = try required(key)
        guard value.type == .array else { throw value.mismatch("an array of bools") }
        return try value.bools()
    }

    package func bools(_ key: String, default fallback: [Bool]) throws(GGUFError) -> [Bool] {
        contains(key) ? try bools(key) : fallback
    }

    /// The bytes of a string or of an array of uint8 or int8, such as a tokenizer's precompiled tables.
    package func bytes(_ key: String) throws(GGUFError) -> [UInt8] {
        let value = try required(key)
        switch (value.type, value.elementType) {
        case (.string, _), (.array, .uint8), (.array, .int8): break
        default: throw value.mismatch("a string or an array of bytes")
        }
        return value.bytes.copy
    }

    /// An array of strings, to be walked without copying.
    package func stringArray(_ key: String) throws(GGUFError) -> StringArray {
        let value = try required(key)
        guard value.type == .array, value.elementType == .string else { throw value.mismatch("an array of strings") }
        return StringArray(value)
    }

    /// Copies of all the strings, with invalid UTF-8 repaired.
    package func strings(_ key: String) throws(GGUFError) -> [String] {
        let array = try stringArray(key)
        var strings: [String] = []
        strings.reserveCapacity(array.count)
        array.forEach(first: array.count) { strings.append($0.repairedString) }
        return strings
    }
}
