/// The header of a WAV file.
///
/// `RIFF`, a size, `WAVE`; then chunks: a name, a size, that number of bytes and a padding byte after an odd one. `fmt ` tells the form
/// of the samples (``WaveFormat``), `data` holds them. `RIFX` has big-endian numbers; `RF64` and `BW64` have a chunk
/// `ds64` with sizes of 64 bits: of the file, of the samples.
///
/// Source: Microsoft, "Multiple channel audio data and WAVE files"; EBU Tech 3306 (RF64); ITU-R BS.2088 (BW64).
struct WaveHeader {
    let format: AudioFormat
    /// Bytes of samples that the header promises; nil where its writer did not know.
    let promisedByteCount: Int?

    private static let maxChunks = 1_000

    /// Reads up to the first sample.
    init(_ source: inout ByteSource) throws(AudioError) {
        let start = WaveBytes(try source.read(12), isBigEndian: false)
        guard !start.isLargeFilePointer else { throw .largeFilePointer(path: source.path) }
        guard start.count == 12, ["RIFF", "RIFX", "RF64", "BW64"].contains(start.name(0)), start.name(8) == "WAVE"
        else { throw .notWave(path: source.path) }
        let isBigEndian = start.name(0) == "RIFX"
        var format: AudioFormat?
        var longSize: UInt64?
        for _ in 0..<Self.maxChunks {
            let offset = source.offset
            let head = WaveBytes(try source.read(8), isBigEndian: isBigEndian)
            guard head.count == 8 else {
                throw .malformed(path: source.path, what: "the file ends before its samples", offset: offset)
            }
            let name = head.name(0)
            let size = head.number(4, UInt32.self)
            if name == "data" {
                guard let format else {
                    throw .malformed(path: source.path, what: "samples come before their format", offset: offset)
                }
                self.format = format
                promisedByteCount = try Self.promise(size, longSize, source, isBigEndian)
                return
            }
            let wanted = name == "fmt " ? WaveFormat.byteCount : name == "ds64" ? 16 : 0
            let body = WaveBytes(try Self.body(Int(size), first: wanted, name, &source), isBigEndian: isBigEndian)
            if name == "fmt " {
                format = try WaveFormat(body, source.path, offset).format
            } else if name == "ds64", body.count == wanted {
                longSize = body.number(8, UInt64.self)
            }
        }
        throw .malformed(path: source.path, what: "\(Self.maxChunks) chunks without samples", offset: source.offset)
    }

    /// The first bytes of a chunk; passes over the others, and the one that evens them.
    private static func body(
        _ size: Int, first: Int, _ name: String, _ source: inout ByteSource
    ) throws(AudioError) -> [UInt8] {
        let offset = source.offset
        let bytes = try source.read(min(size, first))
        var left = size - bytes.count
        while left > 0 {
            let passed = try source.read(min(left, 1 << 16)).count
            guard passed > 0 else {
                throw .malformed(path: source.path, what: "the file ends within the chunk '\(name)'", offset: offset)
            }
            left -= passed
        }
        if size % 2 == 1 { _ = try source.read(1) }
        return bytes
    }

    /// Sizes that say that the writer could not go back: sox gives 0x7ffff000, arecord 0x7fffffff or 0x80000000, ffmpeg
    /// 0xffffffff; all of them also rounded down to whole frames, or less the size of a header.
    private static let unknownSizes: [ClosedRange<UInt32>] = [0x7FFF_E000...0x8000_0000, 0xFFFF_E000...0xFFFF_FFFF]

    private static func promise(
        _ size: UInt32, _ longSize: UInt64?, _ source: borrowing ByteSource, _ isBigEndian: Bool
    ) throws(AudioError) -> Int? {
        if size == .max, let longSize, longSize > 0 { return Int(exactly: longSize) }
        if size == 0 { return try isChunks(source, isBigEndian) ? 0 : nil }
        return unknownSizes.contains { $0.contains(size) } ? nil : Int(size)
    }

    /// Whether all that follows is chunks: then no samples really means none. Streams cannot tell.
    private static func isChunks(_ source: borrowing ByteSource, _ isBigEndian: Bool) throws(AudioError) -> Bool {
        guard var left = source.remaining else { return false }
        var place = 0
        for _ in 0..<maxChunks where left > 0 {
            let head = WaveBytes(try source.peek(8, at: place), isBigEndian: isBigEndian)
            guard head.count == 8, !head.name(0).contains("?") else { return false }
            let size = Int(head.number(4, UInt32.self))
            guard size <= left - 8 else { return false }
            place += 8 + size + size % 2
            left -= 8 + size + size % 2
        }
        return left <= 0
    }
}
