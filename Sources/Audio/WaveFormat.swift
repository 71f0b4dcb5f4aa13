/// The chunk that tells the form of a WAV file's samples.
///
/// Bytes: code (2), channels (2), frames a second (4), bytes a second (4), bytes of a frame (2), bits of a sample (2).
/// The code 0xFFFE is "extensible": behind the size of what follows (2) come the valid bits of a sample (2), the
/// places of the channels (4), and a GUID that begins with the code (16).
///
/// Source: Microsoft, "Multiple channel audio data and WAVE files"; RFC 2361.
struct WaveFormat {
    let format: AudioFormat

    /// Bytes of the chunk that are read.
    static let byteCount = 40

    /// - Parameters:
    ///   - bytes: up to ``byteCount``.
    ///   - offset: of the chunk in the file.
    init(_ bytes: WaveBytes, _ path: String, _ offset: Int) throws(AudioError) {
        guard bytes.count >= 16 else {
            throw .malformed(path: path, what: "the format has \(bytes.count) bytes, at least 16", offset: offset)
        }
        let code = try Self.code(bytes, path)
        let channels = Int(bytes.number(2, UInt16.self))
        let frameBytes = Int(bytes.number(12, UInt16.self))
        let bits = Int(bytes.number(14, UInt16.self))
        let rate = Int(bytes.number(4, UInt32.self))
        let room = channels > 0 && frameBytes % channels == 0 ? frameBytes / channels : 0
        guard let sample = Self.sample(code, bits, room, bytes.isBigEndian) else {
            throw .unsupported(path: path, what: "the encoding \(code) with \(bits) bits a sample")
        }
        format = try AudioFormat(sampleRate: rate, channels: channels, sample: sample, path: path)
        // Some writers leave it out.
        guard frameBytes == format.frameByteCount || frameBytes == 0 else {
            throw .malformed(
                path: path,
                what: "frames of \(frameBytes) bytes, but \(channels) channels of \(bits) bits have "
                    + "\(format.frameByteCount)", offset: offset)
        }
    }

    private static func code(_ bytes: WaveBytes, _ path: String) throws(AudioError) -> Int {
        let code = Int(bytes.number(0, UInt16.self))
        guard code == 0xFFFE, bytes.count >= byteCount else { return code }
        // All codes that are read have it, and those of Ambisonics, whose first channel is the sound without direction.
        let tails: [[UInt8]] = [
            [0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71],
            [0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0],
        ]
        let guid = bytes.bytes(28..<byteCount)
        // Writers of big-endian files put the GUID's numbers in several orders; no code that is read has two bytes.
        let start = bytes.bytes(24..<28)
        let isKnown = tails.contains(guid) || bytes.isBigEndian && guid.suffix(8) == tails[0].suffix(8)
        guard isKnown, start.count(where: { $0 != 0 }) == 1, bytes.isBigEndian || start[0] != 0 else {
            throw .unsupported(path: path, what: "the extensible format's encoding")
        }
        return start.reduce(0) { max($0, Int($1)) }
    }

    /// - Parameter room: bytes that a frame has for a sample. A number of bits that is no multiple of 8 lies at their top.
    private static func sample(_ code: Int, _ bits: Int, _ room: Int, _ isBigEndian: Bool) -> SampleFormat? {
        let bytes = (bits + 7) / 8
        let isPadded = bits % 8 != 0 && room >= bytes && room <= 8
        return switch (code, bits) {
        case (1, 1...8): SampleFormat(.unsigned, byteCount: 1)
        case (1, 9...64): SampleFormat(.signed, byteCount: isPadded ? room : bytes, isBigEndian: isBigEndian)
        case (3, 32), (3, 64): SampleFormat(.float, byteCount: bits / 8, isBigEndian: isBigEndian)
        case (6, 8): SampleFormat(.aLaw, byteCount: 1)
        case (7, 8): SampleFormat(.muLaw, byteCount: 1)
        default: nil
        }
    }
}

/// A chunk's bytes, and the order of its numbers'.
struct WaveBytes {
    private let values: [UInt8]
    let isBigEndian: Bool

    init(_ values: [UInt8], isBigEndian: Bool) {
        self.values = values
        self.isBigEndian = isBigEndian
    }

    var count: Int { values.count }

    /// A number; callers check the bounds.
    func number<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: T.Type) -> T {
        let value = unsafe values.span.bytes.integer(offset, as: type)
        return isBigEndian ? value.byteSwapped : value
    }

    func bytes(_ range: Range<Int>) -> [UInt8] { Array(values[range]) }

    /// Whether a file begins so that stands for one that was not downloaded: `version https://git-lfs...`.
    var isLargeFilePointer: Bool { values.starts(with: "version http".utf8) }

    /// Four bytes as the name of a chunk; what is no ASCII becomes "?".
    func name(_ offset: Int) -> String {
        String(values[offset..<offset + 4].map { (32..<127).contains($0) ? Character(Unicode.Scalar($0)) : "?" })
    }
}
