/// Builds the bytes of a GGUF file piece by piece, with no rule enforced: it can tell every lie.
///
/// Left alone, the counts and offsets come out true. Written from the specification, independent of the library.
package struct RawGGUF {
    package var magic: UInt32 = 0x4655_4747
    package var version: UInt32 = 3
    /// Counts in the header that replace the true ones.
    package var claimedTensorCount: UInt64?
    package var claimedPairCount: UInt64?
    /// Where the data section starts is a multiple of this.
    package var alignment = 32
    /// Bytes after the header and its padding.
    package var data: [UInt8] = []
    private var pairs: [[UInt8]] = []
    private var tensors: [[UInt8]] = []

    package init() {}

    package var bytes: [UInt8] {
        var bytes = Self.little(magic) + Self.little(version)
        bytes += Self.little(claimedTensorCount ?? UInt64(tensors.count))
        bytes += Self.little(claimedPairCount ?? UInt64(pairs.count))
        bytes += (pairs + tensors).joined()
        while !bytes.count.isMultiple(of: alignment) { bytes.append(0) }
        return bytes + data
    }

    /// The value types' numbers.
    package enum Kind: UInt32 {
        case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64
    }

    /// Adds a pair whose value is the bytes given.
    package mutating func pair(_ key: [UInt8], kind: UInt32, value: [UInt8]) {
        pairs.append(Self.string(key) + Self.little(kind) + value)
    }

    package mutating func pair(_ key: String, _ kind: Kind, _ value: [UInt8]) {
        pair([UInt8](key.utf8), kind: kind.rawValue, value: value)
    }

    package mutating func uint32(_ key: String, _ value: UInt32) { pair(key, .uint32, Self.little(value)) }

    package mutating func string(_ key: String, _ value: String) {
        pair(key, .string, Self.string([UInt8](value.utf8)))
    }

    /// Adds an array with the element bytes given.
    ///
    /// - Parameter count: what the file claims.
    package mutating func array(_ key: String, _ element: Kind, count: UInt64, _ elements: [UInt8]) {
        pair(key, .array, Self.little(element.rawValue) + Self.little(count) + elements)
    }

    package mutating func strings(_ key: String, _ values: [[UInt8]]) {
        array(key, .string, count: UInt64(values.count), values.flatMap(Self.string))
    }

    /// Adds an entry to the tensor table.
    ///
    /// - Parameters:
    ///   - rank: what the file claims instead of the number of dimensions.
    ///   - offset: from the start of the data section.
    package mutating func tensor(
        _ name: [UInt8], _ dimensions: [Int64], type: UInt32 = 0, offset: UInt64 = 0, rank: UInt32? = nil
    ) {
        var entry = Self.string(name) + Self.little(rank ?? UInt32(dimensions.count))
        for size in dimensions { entry += Self.little(size) }
        tensors.append(entry + Self.little(type) + Self.little(offset))
    }

    package mutating func tensor(
        _ name: String, _ dimensions: [Int64], type: UInt32 = 0, offset: UInt64 = 0, rank: UInt32? = nil
    ) {
        tensor([UInt8](name.utf8), dimensions, type: type, offset: offset, rank: rank)
    }

    /// A number's bytes, lowest first.
    package static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// A string: its length and its bytes.
    package static func string(_ bytes: [UInt8]) -> [UInt8] { little(UInt64(bytes.count)) + bytes }
}
