/// A Swift type that one of the format's value types stands for.
package protocol MetadataScalar: Sendable {
    static var valueType: ValueType { get }
    func encode(into bytes: inout [UInt8])
}

/// A string of bytes that need not be UTF-8, such as a token.
package struct ByteString: Sendable, Equatable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension FixedWidthInteger {
    /// Appends the little-endian bytes.
    package func encode(into bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: self >> shift)) }
    }
}

extension UInt8: MetadataScalar { package static var valueType: ValueType { .uint8 } }
extension Int8: MetadataScalar { package static var valueType: ValueType { .int8 } }
extension UInt16: MetadataScalar { package static var valueType: ValueType { .uint16 } }
extension Int16: MetadataScalar { package static var valueType: ValueType { .int16 } }
extension UInt32: MetadataScalar { package static var valueType: ValueType { .uint32 } }
extension Int32: MetadataScalar { package static var valueType: ValueType { .int32 } }
extension UInt64: MetadataScalar { package static var valueType: ValueType { .uint64 } }
extension Int64: MetadataScalar { package static var valueType: ValueType { .int64 } }

extension Float: MetadataScalar {
    package static var valueType: ValueType { .float32 }
    package func encode(into bytes: inout [UInt8]) { bitPattern.encode(into: &bytes) }
}

extension Double: MetadataScalar {
    package static var valueType: ValueType { .float64 }
    package func encode(into bytes: inout [UInt8]) { bitPattern.encode(into: &bytes) }
}

extension Bool: MetadataScalar {
    package static var valueType: ValueType { .bool }
    package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
}

extension ByteString: MetadataScalar {
    package static var valueType: ValueType { .string }
    package func encode(into bytes: inout [UInt8]) {
        UInt64(self.bytes.count).encode(into: &bytes)
        bytes += self.bytes
    }
}

extension String: MetadataScalar {
    package static var valueType: ValueType { .string }
    package func encode(into bytes: inout [UInt8]) { ByteString([UInt8](utf8)).encode(into: &bytes) }
}
