#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that is being written, beside the path that it will have. Dropped before ``finish(as:)``, it leaves nothing behind.
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

    deinit {
        if !isFinished { unsafe unlink(file.path) }
    }

    mutating func write(_ bytes: RawSpan) throws(GGUFError) {
        try Self.write(bytes, to: file, &encoder)
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
