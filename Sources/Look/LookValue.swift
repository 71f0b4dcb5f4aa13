/// A JSON value of a page or a file: written once, byte by byte, as pages hold megabytes of weights.
package enum LookValue {
    case null
    case bool(Bool)
    case int(Int)
    case number(Double)
    case float(Float)
    case string(String)
    /// A string in base64 (RFC 4648).
    case base64([UInt8])
    case array([LookValue])
    case object([String: LookValue])

    static func ints(_ values: some Sequence<some BinaryInteger>) -> LookValue { .array(values.map { .int(Int($0)) }) }

    /// float32, little endian, in base64.
    static func base64(_ floats: [Float]) -> LookValue {
        .base64(
            floats.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) } })
    }

    /// The text, keys in order. No `<` is in it, so that nothing in a page ends the script that holds it.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .int(let value): bytes += "\(value)".utf8
        // JSON has no way to write infinities and NaN.
        case .number(let value): bytes += (value.isFinite ? "\(value)" : "null").utf8
        case .float(let value): bytes += (value.isFinite ? "\(value)" : "null").utf8
        case .string(let value): Self.write(value, to: &bytes)
        case .base64(let value):
            bytes.append(Self.quote)
            Base64.write(value, to: &bytes)
            bytes.append(Self.quote)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(Self.comma) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(Self.comma) }
                Self.write(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(quote)
        for byte in text.utf8 {
            switch byte {
            case quote, UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20, UInt8(ascii: "<"):
                let digits = String(byte, radix: 16)
                bytes += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(quote)
    }
}

/// RFC 4648, with padding.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func write(_ bytes: [UInt8], to result: inout [UInt8]) {
        result.reserveCapacity(result.count + (bytes.count + 2) / 3 * 4)
        for first in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - first)
            let word = (0..<3).reduce(UInt32(0)) { $0 << 8 | ($1 < count ? UInt32(bytes[first + $1]) : 0) }
            for place in 0..<4 {
                result.append(place <= count ? digits[Int(word >> UInt32(18 - 6 * place)) & 63] : UInt8(ascii: "="))
            }
        }
    }

    static func text(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        write(bytes, to: &result)
        return result
    }
}
