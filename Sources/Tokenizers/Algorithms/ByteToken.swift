/// Tokens that stand for one byte, written `<0xXX>`.
package enum ByteToken {
    /// The text of the token for `byte`.
    package static func text(of byte: UInt8) -> [UInt8] {
        Array("<0x".utf8) + [hexDigit(byte >> 4), hexDigit(byte & 15)] + Array(">".utf8)
    }

    /// The byte that a token with this text stands for.
    static func byte(of text: Span<UInt8>) -> UInt8? {
        guard text.count == 6, text[0] == 0x3C, text[1] == 0x30, text[2] == 0x78, text[5] == 0x3E else { return nil }
        return byte(text[3], text[4])
    }

    /// The byte that two hexadecimal digits write.
    static func byte(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = value(ofHexDigit: high), let low = value(ofHexDigit: low) else { return nil }
        return high << 4 | low
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x41 + value - 10
    }

    private static func value(ofHexDigit digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
