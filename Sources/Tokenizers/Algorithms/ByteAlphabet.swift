/// The alphabet of byte-level BPE: a printable character for each byte.
///
/// The printable bytes of Latin-1 (`!` to `~`, `¡` to `¬`, `®` to `ÿ`) stand for themselves; the other 68, in order,
/// are U+0100 and on, so that a space is `Ġ` and a line feed `Ċ`.
///
/// - Source: github.com/openai/gpt-2, `src/encoder.py`, `bytes_to_unicode`.
package struct ByteAlphabet: Sendable {
    /// The code point of every byte; all are below U+0800, two bytes of UTF-8 at most.
    private let codePoints: [UInt16]
    /// The byte of every code point below U+0144.
    private let bytes: [UInt8?]

    package init() {
        var codePoints: [UInt16] = []
        var next: UInt16 = 0x100
        for byte in UInt16(0)...255 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: codePoints.append(byte)
            default:
                codePoints.append(next)
                next += 1
            }
        }
        var bytes = [UInt8?](repeating: nil, count: Int(next))
        for (byte, codePoint) in codePoints.enumerated() { bytes[Int(codePoint)] = UInt8(truncatingIfNeeded: byte) }
        self.codePoints = codePoints
        self.bytes = bytes
    }

    /// Appends the UTF-8 of the character for `byte`.
    package func append(_ byte: UInt8, to text: inout [UInt8]) {
        let codePoint = codePoints[Int(byte)]
        if codePoint < 0x80 {
            text.append(UInt8(truncatingIfNeeded: codePoint))
        } else {
            text.append(0xC0 | UInt8(truncatingIfNeeded: codePoint >> 6))
            text.append(0x80 | UInt8(truncatingIfNeeded: codePoint & 0x3F))
        }
    }

    /// The byte that a code point stands for.
    package func byte(of codePoint: UInt32) -> UInt8? {
        codePoint < bytes.count ? bytes[Int(codePoint)] : nil
    }
}
