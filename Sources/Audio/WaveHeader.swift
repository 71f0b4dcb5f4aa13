/// What a WAV file says before its samples.
///
/// Source: Microsoft, "Multiple channel audio data and WAVE files"; EBU Tech 3306 (RF64).
struct WaveHeader {
    let format: AudioFormat
    /// Bytes of the samples; nil where a stream does not know (its writer could not go back to say).
    let dataByteCount: Int?

    /// What programs that write into a pipe put where they do not know a size.
    private static let unknownSize: UInt32 = .max
    private static let mostChunks = 1_000

    /// Reads up to the first sample.
    init(_ source: inout ByteSource) throws(AudioError) {
        let start = try source.read(12)
        let id = unsafe start.span.bytes
        guard id.byteCount == 12, ["RIFF", "RF64"].contains(id.name(0)), id.name(8) == "WAVE" else {
            throw .notWave(path: source.path)
        }
        var format: AudioFormat?
        var longSize: Int?
        for _ in 0..<Self.mostChunks {
            let offset = source.offset
            let head = try source.read(8)
            guard head.count == 8 else {
                throw .malformed(path: source.path, what: "the file ends before its samples", offset: offset)
            }
            let name = unsafe head.span.bytes.name(0)
            let size = unsafe head.span.bytes.integer(4, as: UInt32.self)
            if name == "data" {
                guard let format else {
                    throw .malformed(path: source.path, what: "samples come before their format", offset: offset)
                }
                self.format = format
                dataByteCount = try Self.dataSize(size, longSize, format, source)
                return
            }
            guard size <= 1 << 24 || name != "fmt " && name != "ds64" else {
                throw .malformed(path: source.path, what: "the chunk '\(name)' has \(size) bytes", offset: offset)
            }
            if name == "fmt " || name == "ds64" {
                let body = try Self.body(Int(size), name, &source)
                if name == "fmt " {
                    format = try unsafe Self.format(body.span.bytes, source.path, offset)
                } else if body.count >= 16 {
                    longSize = unsafe Int(exactly: body.span.bytes.integer(8, as: UInt64.self))
                }
            } else {
                try Self.skip(Int(size), name, &source)
            }
        }
        throw .malformed(path: source.path, what: "\(Self.mostChunks) chunks without samples", offset: source.offset)
    }

    /// A chunk's bytes, and past the one that evens them.
    private static func body(_ size: Int, _ name: String, _ source: inout ByteSource) throws(AudioError) -> [UInt8] {
        let offset = source.offset
        let bytes = try source.read(size + size % 2)
        guard bytes.count >= size else {
            throw .malformed(path: source.path, what: "the file ends within the chunk '\(name)'", offset: offset)
        }
        return bytes
    }

    private static func skip(_ size: Int, _ name: String, _ source: inout ByteSource) throws(AudioError) {
        var left = size
        while left > 0 {
            let part = min(left, 1 << 16)
            _ = try body(part, name, &source)
            left -= part
        }
    }

    private static func format(
        _ bytes: RawSpan, _ path: String, _ offset: Int
    ) throws(AudioError) -> AudioFormat {
        guard bytes.byteCount >= 16 else {
            throw .malformed(path: path, what: "the format has \(bytes.byteCount) bytes, at least 16", offset: offset)
        }
        var code = bytes.integer(0, as: UInt16.self)
        let channels = Int(bytes.integer(2, as: UInt16.self))
        let rate = Int(bytes.integer(4, as: UInt32.self))
        let frameBytes = Int(bytes.integer(12, as: UInt16.self))
        let bits = Int(bytes.integer(14, as: UInt16.self))
        if code == 0xFFFE, bytes.byteCount >= 26 { code = bytes.integer(24, as: UInt16.self) }  // "extensible"
        let sample: AudioFormat.Sample
        switch (code, bits) {
        case (1, 8): sample = .u8
        case (1, 16): sample = .s16le
        case (1, 24): sample = .s24le
        case (1, 32): sample = .s32le
        case (3, 32): sample = .f32le
        case (3, 64): sample = .f64le
        default: throw .unsupported(path: path, what: "the encoding \(code) with \(bits) bits a sample")
        }
        let format = try AudioFormat(sampleRate: rate, channels: channels, sample: sample)
        guard frameBytes == format.frameByteCount else {
            throw .malformed(
                path: path,
                what: "frames of \(frameBytes) bytes, but \(channels) channels of \(bits) bits have "
                    + "\(format.frameByteCount)", offset: offset)
        }
        return format
    }

    private static func dataSize(
        _ size: UInt32, _ longSize: Int?, _ format: AudioFormat, _ source: borrowing ByteSource
    ) throws(AudioError) -> Int? {
        let left = source.byteCount.map { $0 - source.offset }
        if size == unknownSize, longSize == nil { return left.map { $0 - $0 % format.frameByteCount } }
        let bytes = size == unknownSize ? longSize ?? 0 : Int(size)
        guard bytes >= 0, bytes % format.frameByteCount == 0 else {
            throw .malformed(
                path: source.path,
                what: "\(bytes) bytes of samples are no whole number of frames of "
                    + "\(format.frameByteCount)", offset: source.offset)
        }
        if let left, bytes > left {
            throw .malformed(
                path: source.path, what: "the header promises \(bytes) bytes of samples, \(left) are there",
                offset: source.offset)
        }
        return bytes
    }
}

extension RawSpan {
    /// Four bytes as the name of a chunk; what is no ASCII becomes "?".
    fileprivate func name(_ offset: Int) -> String {
        String(
            (0..<4).map { index in
                let byte = integer(offset + index, as: UInt8.self)
                return (32..<127).contains(byte) ? Character(Unicode.Scalar(byte)) : "?"
            })
    }
}
