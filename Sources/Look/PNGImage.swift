/// A picture of palette indices, written as PNG (ISO 15948). Runs of equal bytes are compressed, as most of a picture of
/// attention weights is nearly empty.
package struct PNGImage {
    let width: Int
    let height: Int
    /// `[height, width]`: indices of ``palette``.
    private var pixels: [UInt8]

    /// - Parameter background: the index of all pixels at first.
    init(width: Int, height: Int, background: UInt8 = 0) {
        self.width = width
        self.height = height
        pixels = [UInt8](repeating: background, count: width * height)
    }

    subscript(x: Int, y: Int) -> UInt8 {
        get { pixels[y * width + x] }
        set { pixels[y * width + x] = newValue }
    }

    /// The index of the lines between pictures: the others are weights from 0 to 1.
    static let line: UInt8 = 255

    /// From white to dark blue; lightness alone tells the value. The last is grey.
    private static let palette: [UInt8] = (0..<256).flatMap { index -> [UInt8] in
        if index == Int(line) { return [200, 205, 210] }
        let stops: [[Double]] = [
            [255, 255, 255], [222, 235, 247], [158, 202, 225], [66, 146, 198], [8, 81, 156], [5, 28, 70],
        ]
        let place = Double(index) / 254 * Double(stops.count - 1)
        let low = min(Int(place), stops.count - 2)
        return (0..<3).map {
            UInt8((stops[low][$0] + (stops[low + 1][$0] - stops[low][$0]) * (place - Double(low))).rounded())
        }
    }

    package var bytes: [UInt8] {
        var scanlines: [UInt8] = []
        scanlines.reserveCapacity((width + 1) * height)
        for row in 0..<height {
            scanlines.append(0)
            scanlines += pixels[row * width..<(row + 1) * width]
        }
        let header = Self.big(UInt32(width)) + Self.big(UInt32(height)) + [8, 3, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + Self.chunk("IHDR", header) + Self.chunk("PLTE", Self.palette)
            + Self.chunk("IDAT", Self.compressed(scanlines)) + Self.chunk("IEND", [])
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        return big(UInt32(content.count)) + body + big(CRC32.checksum(body))
    }

    /// zlib's form (RFC 1950) of one deflate block with fixed codes (RFC 1951), whose only matches are runs.
    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var writer = BitWriter()
        writer.append(1, 1)
        writer.append(1, 2)
        var place = 0
        while place < bytes.count {
            writer.appendCode(Int(bytes[place]))
            var run = 0
            while run < 258, place + 1 + run < bytes.count, bytes[place + 1 + run] == bytes[place] { run += 1 }
            if run >= 3 { writer.appendRun(run) } else { run = 0 }
            place += 1 + run
        }
        writer.appendCode(256)
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return [0x78, 0x01] + writer.finished + big(b << 16 | a)
    }
}

/// Deflate's bits, least significant first.
private struct BitWriter {
    private var bytes: [UInt8] = []
    private var pending: UInt32 = 0
    private var count: UInt32 = 0

    mutating func append(_ value: UInt32, _ bits: UInt32) {
        pending |= value << count
        count += bits
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    /// A fixed code, whose most significant bit comes first.
    mutating func appendCode(_ symbol: Int) {
        switch symbol {
        case 0..<144: appendReversed(UInt32(0x30 + symbol), 8)
        case 144..<256: appendReversed(UInt32(0x190 + symbol - 144), 9)
        case 256..<280: appendReversed(UInt32(symbol - 256), 7)
        default: appendReversed(UInt32(0xC0 + symbol - 280), 8)
        }
    }

    /// A match of `length` bytes one byte before.
    mutating func appendRun(_ length: Int) {
        guard length < 258 else {
            appendCode(285)
            return appendReversed(0, 5)
        }
        let rest = length - 3
        if rest < 8 {
            appendCode(257 + rest)
        } else {
            let extra = rest.bitWidth - rest.leadingZeroBitCount - 3
            appendCode(257 + 4 * extra + (rest >> extra))
            append(UInt32(rest & ((1 << extra) - 1)), UInt32(extra))
        }
        appendReversed(0, 5)
    }

    private mutating func appendReversed(_ value: UInt32, _ bits: UInt32) {
        var reversed: UInt32 = 0
        for bit in 0..<bits where value >> bit & 1 == 1 { reversed |= 1 << (bits - 1 - bit) }
        append(reversed, bits)
    }

    var finished: [UInt8] { count > 0 ? bytes + [UInt8(truncatingIfNeeded: pending)] : bytes }
}
