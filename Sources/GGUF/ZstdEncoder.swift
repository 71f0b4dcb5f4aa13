import CZstd

/// Owner of libzstd's compression context: one frame (RFC 8878) with a checksum, written as it comes.
@safe struct ZstdEncoder: ~Copyable {
    private let context: OpaquePointer
    private var buffer: [UInt8]

    init(path: String) throws(GGUFError) {
        guard let context = unsafe ZSTD_createCCtx() else { throw .compression(path: path, .outOfMemory) }
        unsafe self.context = context
        buffer = [UInt8](repeating: 0, count: ZSTD_CStreamOutSize())
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    mutating func write(_ bytes: RawSpan, to file: borrowing FileDescriptor) throws(GGUFError) {
        try encode(bytes, ZSTD_e_continue, to: file)
    }

    mutating func finish(_ file: borrowing FileDescriptor) throws(GGUFError) {
        let none: [UInt8] = []
        try encode(none.span.raw, ZSTD_e_end, to: file)
    }

    private mutating func encode(
        _ input: RawSpan, _ directive: ZSTD_EndDirective, to file: borrowing FileDescriptor
    ) throws(GGUFError) {
        var consumed = 0
        var left = 1
        while consumed < input.byteCount || (directive == ZSTD_e_end && left != 0) {
            var produced = 0
            (left, consumed, produced) = unsafe input.withUnsafeBytes { source in
                unsafe buffer.withUnsafeMutableBytes { target in
                    var sourceBuffer = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: consumed)
                    var targetBuffer = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    let status = unsafe ZSTD_compressStream2(context, &targetBuffer, &sourceBuffer, directive)
                    return unsafe (status, sourceBuffer.pos, targetBuffer.pos)
                }
            }
            guard ZSTD_isError(left) == 0 else { throw .compression(path: file.path, .outOfMemory) }
            try file.write(buffer.span.raw.extracting(first: produced))
        }
    }
}
