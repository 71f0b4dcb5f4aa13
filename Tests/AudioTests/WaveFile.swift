import TestSupport

/// The bytes of a WAV file, made field by field, so that a test can lie about each.
struct WaveFile {
    var code: UInt16 = 1
    var channels: UInt16 = 1
    var rate: UInt32 = 16_000
    var bits: UInt16 = 16
    var frameBytes: UInt16?
    var samples: [UInt8] = []
    var dataSize: UInt32?
    /// Chunks before the format.
    var extra: [UInt8] = []

    var bytes: [UInt8] {
        let frame = frameBytes ?? channels * (bits / 8)
        var format: [UInt8] = RawGGUF.little(code) + RawGGUF.little(channels) + RawGGUF.little(rate)
        format += RawGGUF.little(rate &* UInt32(frame)) + RawGGUF.little(frame) + RawGGUF.little(bits)
        let chunks = extra + Array("fmt ".utf8) + RawGGUF.little(UInt32(format.count)) + format + Array("data".utf8)
        let data = RawGGUF.little(dataSize ?? UInt32(samples.count)) + samples
        return Array("RIFF".utf8) + RawGGUF.little(UInt32(4 + chunks.count + data.count)) + Array("WAVE".utf8) + chunks
            + data
    }
}
