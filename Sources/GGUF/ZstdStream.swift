import CZstd

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a zstd stream was refused.
package enum ZstdError: Error, Equatable, CustomStringConvertible {
    /// The stream ends inside a frame.
    case truncated
    /// The decoder's own words.
    case corrupt(String)
    /// The decompressed bytes pass the limit.
    case tooLarge(limit: Int)
    case outOfMemory

    package var description: String {
        switch self {
        case .truncated: "the compressed stream ends inside a frame; the file is incomplete"
        case .corrupt(let reason): "the compressed stream is corrupt: \(reason)"
        case .tooLarge(let limit): "decompresses to more than the limit of \(limit) bytes"
        case .outOfMemory: "no memory for the decompressor"
        }
    }
}

/// How much a compressed model may grow to.
package enum DecompressionLimit {
    /// Three quarters of physical memory: the decompressed file lives there.
    package static var standard: Int {
        let pages = sysconf(CInt(_SC_PHYS_PAGES))
        let pageSize = sysconf(CInt(_SC_PAGESIZE))
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: pageSize)
        return pages > 0 && pageSize > 0 && !overflow ? bytes / 4 * 3 : 1 << 32
    }
}

extension MappedFile {
    /// A zstd stream (RFC 8878): it starts with a frame, or with a skippable frame as pzstd writes.
    var isCompressed: Bool {
        guard bytes.byteCount >= 4 else { return false }
        let magic: UInt32 = bytes.load(0)
        return magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50
    }

    /// The file itself or, when it is a zstd stream, a map of its decompressed bytes in an anonymous file.
    ///
    /// Streams through bounded buffers. Several frames in a row are joined, as the zstd tool does.
    ///
    /// - Parameter limit: max bytes to produce.
    /// - Throws: ``GGUFError/compression(path:_:)``, ``GGUFError/system(call:path:errno:)`` when there is no room,
    ///   ``GGUFError/emptyFile(path:)``.
    package consuming func decompressed(limit: Int) throws(GGUFError) -> MappedFile {
        guard isCompressed else { return self }
        let output = try FileDescriptor.anonymous(path: path)
        var decoder = try ZstdDecoder(path: path)
        try decoder.decode(bytes, into: output, limit: limit)
        return try MappedFile(mapping: output, use: use)
    }
}

/// Owner of libzstd's decompression context.
@safe private struct ZstdDecoder: ~Copyable {
    private let context: OpaquePointer
    private let path: String

    /// Frames that need a larger window than 2^27 bytes (`zstd --long=28` and above) are refused: it is allocated at once.
    private static let maximumWindowLog: CInt = 27

    init(path: String) throws(GGUFError) {
        guard let context = unsafe ZSTD_createDCtx() else { throw .compression(path: path, .outOfMemory) }
        unsafe self.context = context
        self.path = path
    }

    deinit { unsafe ZSTD_freeDCtx(context) }

    mutating func decode(_ input: RawSpan, into output: borrowing FileDescriptor, limit: Int) throws(GGUFError) {
        guard declaredSize(input) <= UInt64(max(limit, 0)) else {
            throw .compression(path: path, .tooLarge(limit: limit))
        }
        try check(unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.maximumWindowLog))
        var buffer = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
        var consumed = 0
        var produced = 0
        var hint = 1  // zero: at the end of a frame, everything flushed
        repeat {
            let step = decodeStep(input, from: consumed, into: &buffer)
            try check(step.status)
            guard step.read > 0 || step.written > 0 || step.status == 0 else {
                throw .compression(path: path, .truncated)
            }
            consumed += step.read
            guard step.written <= limit - produced else { throw .compression(path: path, .tooLarge(limit: limit)) }
            produced += step.written
            try output.write(buffer.span.raw.extracting(first: step.written))
            hint = step.status
        } while consumed < input.byteCount || hint != 0
    }

    /// The content size that the first frame declares, zero if none. A hint: the frame may lie.
    private func declaredSize(_ input: RawSpan) -> UInt64 {
        let size = unsafe input.withUnsafeBytes { unsafe ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        return size >= .max - 1 ? 0 : size  // the two highest values stand for "error" and "unknown"
    }

    /// One call of the decoder: as much as the buffer takes.
    private mutating func decodeStep(
        _ input: RawSpan, from offset: Int, into buffer: inout [UInt8]
    ) -> (status: Int, read: Int, written: Int) {
        unsafe input.withUnsafeBytes { source in
            unsafe buffer.withUnsafeMutableBytes { target in
                var sourceBuffer = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: offset)
                var targetBuffer = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                let status = unsafe ZSTD_decompressStream(context, &targetBuffer, &sourceBuffer)
                return unsafe (status, sourceBuffer.pos - offset, targetBuffer.pos)
            }
        }
    }

    private func check(_ status: Int) throws(GGUFError) {
        guard ZSTD_isError(status) != 0 else { return }
        throw .compression(path: path, .corrupt(unsafe String(cString: ZSTD_getErrorName(status))))
    }
}
