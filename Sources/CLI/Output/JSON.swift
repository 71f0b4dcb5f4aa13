import Foundation

/// A JSON value.
enum JSON: Encodable {
    case null
    case bool(Bool)
    case int(Int)
    case unsigned(UInt64)
    case number(Double)
    case float(Float)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .unsigned(let value): try container.encode(value)
        // JSON has no way to write infinities and NaN.
        case .number(let value): if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
        case .float(let value): if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }

    static func ints(_ values: some Sequence<some BinaryInteger>) -> JSON { .array(values.map { .int(Int($0)) }) }

    /// Prints the value and a line break on standard output, keys in order.
    ///
    /// - Parameter isPretty: a line for each value.
    func print(isPretty: Bool) throws { try StandardStream.output.write(bytes(isPretty: isPretty) + [0x0A]) }

    /// The value, keys in order.
    func bytes(isPretty: Bool) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try Array(encoder.encode(self))
    }
}
