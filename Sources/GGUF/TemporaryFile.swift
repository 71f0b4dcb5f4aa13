#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that is being written, beside the path that it will have. Dropped before ``finish(as:)``, it leaves
/// nothing behind.
struct TemporaryFile: ~Copyable {
    private let file: FileDescriptor
    private var encoder: ZstdEncoder?
    private var isFinished = false

    /// - Parameters:
    ///   - compressed: writes a zstd stream.
    ///   - beginning: the first bytes.
    init(beside path: String, compressed: Bool, beginning: [UInt8]) throws(GGUFError) {
        var encoder = compressed ? try ZstdEncoder(path: path) : nil
        let file = try Self.create(beside: path)
        do throws(GGUFError) {
            try Self.write(beginning.span.raw, to: file, &encoder)
        } catch {
            unsafe unlink(file.path)
            throw error
        }
        self.file = file
        self.encoder = encoder
    }

    /// A file without a name, in memory where the system can do that. `label` stands for the path in messages.
    init(labelled label: String, compressed: Bool, beginning: [UInt8]) throws(GGUFError) {
        var encoder = compressed ? try ZstdEncoder(path: label) : nil
        let file = try FileDescriptor.anonymous(path: label)
        try Self.write(beginning.span.raw, to: file, &encoder)
        self.file = file
        self.encoder = encoder
        isFinished = true
    }

    deinit {
        if !isFinished { unsafe unlink(file.path) }
    }

    mutating func write(_ bytes: RawSpan) throws(GGUFError) {
        try Self.write(bytes, to: file, &encoder)
    }

    /// Forgets what was written from a place on, and replaces the beginning by as many other bytes.
    mutating func rewind(to offset: Int, beginning: [UInt8]) throws(GGUFError) {
        guard encoder == nil else { throw .cannotWrite(path: file.path, .compressed) }
        try file.rewind(to: 0)
        try file.write(beginning.span.raw)
        try file.rewind(to: offset)
        try file.truncate(to: offset)
    }

    /// Puts the file in its place, once all is on the disk.
    consuming func finish(as path: String) throws(GGUFError) {
        try encoder?.finish(file)
        try file.synchronize()
        guard unsafe rename(file.path, path) == 0 else {
            throw .system(call: "rename", path: path, errno: errno)
        }
        isFinished = true
    }

    /// All that was written.
    consuming func finishInMemory() throws(GGUFError) -> [UInt8] {
        try encoder?.finish(file)
        var bytes = [UInt8](repeating: 0, count: Int(try file.status().st_size))
        var piece = [UInt8](repeating: 0, count: min(bytes.count, 1 << 20))
        var offset = 0
        while offset < bytes.count {
            let count = min(try file.read(at: offset, into: &piece), bytes.count - offset)
            guard count > 0 else { throw .system(call: "pread", path: file.path, errno: EIO) }
            bytes.replaceSubrange(offset..<offset + count, with: piece[..<count])
            offset += count
        }
        return bytes
    }

    private static func write(
        _ bytes: RawSpan, to file: borrowing FileDescriptor, _ encoder: inout ZstdEncoder?
    ) throws(GGUFError) {
        if encoder == nil {
            try file.write(bytes)
        } else {
            try encoder?.write(bytes, to: file)
        }
    }

    private static func create(beside path: String) throws(GGUFError) -> FileDescriptor {
        var attempt = 0
        while true {
            do throws(GGUFError) {
                return try FileDescriptor.creating("\(path).\(getpid())-\(attempt).tmp")
            } catch {
                // Another writer of this process, or one left by a process that was killed.
                guard case .system(_, _, EEXIST) = error, attempt < 100 else { throw error }
                attempt += 1
            }
        }
    }
}
