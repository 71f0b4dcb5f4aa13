#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A ``PendingFile``, or one in memory, that is written plain or as a zstd stream.
struct TemporaryFile: ~Copyable {
    private let file: PendingFile
    private var encoder: ZstdEncoder?

    /// - Parameters:
    ///   - compressed: writes a zstd stream.
    ///   - beginning: the first bytes.
    init(beside path: String, compressed: Bool, beginning: [UInt8]) throws(GGUFError) {
        try self.init(PendingFile(path: path), compressed, beginning)
    }

    /// A file without a name, in memory where the system can do that. `label` stands for the path in messages.
    init(labelled label: String, compressed: Bool, beginning: [UInt8]) throws(GGUFError) {
        try self.init(PendingFile(inMemory: label), compressed, beginning)
    }

    private init(_ file: PendingFile, _ compressed: Bool, _ beginning: [UInt8]) throws(GGUFError) {
        var encoder = compressed ? try ZstdEncoder(path: file.path) : nil
        try Self.write(beginning.span.raw, to: file, &encoder)
        self.file = file
        self.encoder = encoder
    }

    mutating func write(_ bytes: RawSpan) throws(GGUFError) {
        try Self.write(bytes, to: file, &encoder)
    }

    private static func write(
        _ bytes: RawSpan, to file: PendingFile, _ encoder: inout ZstdEncoder?
    ) throws(GGUFError) {
        if encoder == nil {
            try file.write(bytes)
        } else {
            try encoder?.write(bytes, to: file.descriptor)
        }
    }

    /// Forgets what was written from a place on, and replaces the beginning by as many other bytes.
    mutating func rewind(to offset: Int, beginning: [UInt8]) throws(GGUFError) {
        guard encoder == nil else { throw .cannotWrite(path: file.path, .compressed) }
        try file.descriptor.overwrite(beginning.span.raw, at: 0)
        try file.descriptor.rewind(to: offset)
        try file.descriptor.truncate(to: offset)
    }

    /// Puts the file in its place, once all is on the disk.
    consuming func finish() throws(GGUFError) {
        try encoder?.finish(file.descriptor)
        try file.finish()
    }

    /// All that was written.
    consuming func finishInMemory() throws(GGUFError) -> [UInt8] {
        try encoder?.finish(file.descriptor)
        var bytes = [UInt8](repeating: 0, count: Int(try file.descriptor.status().st_size))
        var piece = [UInt8](repeating: 0, count: min(bytes.count, 1 << 20))
        var offset = 0
        while offset < bytes.count {
            let count = min(try file.descriptor.read(at: offset, into: &piece), bytes.count - offset)
            guard count > 0 else { throw .system(call: "pread", path: file.path, errno: EIO) }
            bytes.replaceSubrange(offset..<offset + count, with: piece[..<count])
            offset += count
        }
        return bytes
    }
}
