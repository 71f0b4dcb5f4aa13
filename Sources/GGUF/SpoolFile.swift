#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Bytes that wait on the disk until their number is known and a ``GGUFWriter`` can take them. Nameless from the start,
/// so that nothing is left behind even by a process that is killed.
package struct SpoolFile: ~Copyable {
    /// How many bytes it holds.
    package private(set) var byteCount = 0
    private let file: FileDescriptor
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 18

    /// - Parameter path: the file lies in the folder of this one.
    /// - Throws: ``GGUFError/system(call:path:errno:)``.
    package init(beside path: String) throws(GGUFError) {
        file = try FileDescriptor.nameless(beside: path)
        buffer.reserveCapacity(Self.bufferSize)
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: ``GGUFError/system(call:path:errno:)``.
    package mutating func write(_ bytes: RawSpan) throws(GGUFError) {
        if buffer.count + bytes.byteCount > Self.bufferSize { try flush() }
        if bytes.byteCount >= Self.bufferSize {
            try file.write(bytes)
        } else {
            unsafe bytes.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
        }
        byteCount += bytes.byteCount
    }

    /// Hands all of the bytes to the tensor whose turn it is.
    ///
    /// - Throws: ``GGUFError``.
    package mutating func move(to tensor: String, of writer: inout GGUFWriter) throws(GGUFError) {
        try flush()
        var piece = [UInt8](repeating: 0, count: Self.bufferSize)
        var offset = 0
        while offset < byteCount {
            let count = try file.read(at: offset, into: &piece)
            guard count > 0 else { throw .system(call: "pread", path: file.path, errno: EIO) }
            try writer.append(piece.span.raw.extracting(first: count), to: tensor)
            offset += count
        }
    }

    private mutating func flush() throws(GGUFError) {
        try file.write(buffer.span.raw)
        buffer.removeAll(keepingCapacity: true)
    }
}
