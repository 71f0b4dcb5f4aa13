import TestSupport

/// The bytes of a WAV file, made field by field, so that a test can lie about each.
struct WaveFile {
    var container = "RIFF"
    var code: UInt16 = 1
    var channels: UInt16 = 1
    var rate: UInt32 = 16_000
    var bits: UInt16 = 16
    var frameBytes: UInt16?
    /// The code as an extensible format has it, and the bits that count.
    var validBits: UInt16?
    var samples: [UInt8] = []
    var dataSize: UInt32?
    /// Chunks before the format, between it and the samples, and behind them.
    var extra: [UInt8] = []
    var between: [UInt8] = []
    var behind: [UInt8] = []

    /// A number in the container's order.
    func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        container == "RIFX" ? RawGGUF.little(value).reversed() : RawGGUF.little(value)
    }

    func chunk(_ name: String, _ body: [UInt8], size: UInt32? = nil) -> [UInt8] {
        Array(name.utf8) + number(size ?? UInt32(body.count)) + body + (body.count % 2 == 1 ? [0] : [])
    }

    private var format: [UInt8] {
        let frame = frameBytes ?? channels &* ((bits + 7) / 8)
        var body = number(validBits == nil ? code : 0xFFFE) + number(channels) + number(rate)
        body += number(rate &* UInt32(frame)) + number(frame) + number(bits)
        guard let validBits else { return body }
        body += number(UInt16(22)) + number(validBits) + number(UInt32(4)) + number(UInt32(code)) + number(UInt16(0))
        return body + number(UInt16(0x10)) + [0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    }

    var bytes: [UInt8] {
        let chunks = extra + chunk("fmt ", format) + between + Array("data".utf8)
        let data = number(dataSize ?? UInt32(samples.count)) + samples + behind
        return Array(container.utf8) + number(UInt32(4 + chunks.count + data.count)) + Array("WAVE".utf8) + chunks
            + data
    }
}
