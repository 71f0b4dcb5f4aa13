import CPlatform

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open file, closed with its last use. Errors keep the system call's name, the path and errno.
struct FileDescriptor: ~Copyable {
    let raw: CInt
    /// The path it was opened by, for messages.
    let path: String

    private init(raw: CInt, path: String) {
        self.raw = raw
        self.path = path
    }

    deinit { close(raw) }

    /// Opens a regular file for reading. Directories, pipes, sockets and devices are refused.
    static func reading(_ path: String) throws(GGUFError) -> FileDescriptor {
        // O_NONBLOCK: opening a FIFO nobody writes to would block forever. Regular files ignore it.
        let raw = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard raw >= 0 else { throw .system(call: "open", path: path, errno: errno) }
        let file = FileDescriptor(raw: raw, path: path)
        let kind = try file.status().st_mode & S_IFMT
        guard kind == S_IFREG else { throw .notRegularFile(path: path, found: describe(kind)) }
        return file
    }

    /// Creates a file for writing that is unfinished, see ``PendingFile``; one that exists already is an error.
    ///
    /// - Parameter label: stands for the path in messages.
    static func unfinished(_ path: String, label: String) throws(GGUFError) -> FileDescriptor {
        let raw = unsafe swl_unfinished_create(path)
        guard raw >= 0 else { throw .system(call: "open", path: label, errno: errno) }
        return FileDescriptor(raw: raw, path: label)
    }

    /// Opens a pipe or a device for writing.
    static func writing(_ path: String) throws(GGUFError) -> FileDescriptor {
        let raw = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard raw >= 0 else { throw .system(call: "open", path: path, errno: errno) }
        return FileDescriptor(raw: raw, path: path)
    }

    /// Creates a file for writing and reading in the folder of `path`, and takes its name away at once.
    static func nameless(beside path: String) throws(GGUFError) -> FileDescriptor {
        var template = [CChar]("\(path).XXXXXX".utf8CString)
        let raw = unsafe template.withUnsafeMutableBufferPointer { template in
            unsafe template.baseAddress.map { unsafe mkstemp($0) } ?? -1
        }
        guard raw >= 0 else { throw .system(call: "mkstemp", path: path, errno: errno) }
        let file = FileDescriptor(raw: raw, path: path)
        unsafe unlink(template)
        guard fcntl(raw, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(call: "fcntl", path: path, errno: errno) }
        return file
    }

    /// A nameless file that disappears with its last descriptor or map. `path` only labels it.
    static func anonymous(path: String) throws(GGUFError) -> FileDescriptor {
        let raw = unsafe swl_anonymous_file("swiftlet")
        guard raw >= 0 else { throw .system(call: "memfd_create", path: path, errno: errno) }
        return FileDescriptor(raw: raw, path: path)
    }

    /// Whether the file begins as Git LFS's pointers do, which have this line first and less than a kilobyte.
    func isLargeFilePointer() throws(GGUFError) -> Bool {
        let line = "version https://git-lfs.github.com/spec/"
        guard try status().st_size < 1024 else { return false }
        var bytes = [UInt8](repeating: 0, count: line.utf8.count)
        return try read(at: 0, into: &bytes) == bytes.count && bytes.elementsEqual(line.utf8)
    }

    func status() throws(GGUFError) -> stat {
        var status = stat()
        guard unsafe fstat(raw, &status) == 0 else { throw .system(call: "fstat", path: path, errno: errno) }
        return status
    }

    /// Writes all of `bytes` at the end of what was written before.
    func write(_ bytes: RawSpan) throws(GGUFError) {
        var written = 0
        while written < bytes.byteCount {
            let rest = bytes.extracting(written..<bytes.byteCount)
            let count = unsafe rest.withUnsafeBytes { unsafe systemWrite(raw, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(call: "write", path: path, errno: count < 0 ? errno : ENOSPC) }
            written += count
        }
    }

    /// Whether ``overwrite(_:at:)`` is possible: not for pipes.
    var isSeekable: Bool { lseek(raw, 0, SEEK_CUR) >= 0 }

    /// Replaces bytes that were written.
    func overwrite(_ bytes: RawSpan, at offset: Int) throws(GGUFError) {
        var written = 0
        while written < bytes.byteCount {
            let rest = bytes.extracting(written..<bytes.byteCount)
            let count = unsafe rest.withUnsafeBytes { unsafe pwrite(raw, $0.baseAddress, $0.count, offset + written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(call: "pwrite", path: path, errno: count < 0 ? errno : ENOSPC) }
            written += count
        }
    }

    /// Continues to write from a place on.
    func rewind(to offset: Int) throws(GGUFError) {
        guard lseek(raw, off_t(offset), SEEK_SET) >= 0 else {
            throw .system(call: "lseek", path: path, errno: errno)
        }
    }

    /// Drops the bytes from a place on.
    func truncate(to byteCount: Int) throws(GGUFError) {
        guard ftruncate(raw, off_t(byteCount)) == 0 else {
            throw .system(call: "ftruncate", path: path, errno: errno)
        }
    }

    /// Reads from a place in the file, as much as fits and is there.
    ///
    /// - Returns: how many bytes; 0 at the end.
    func read(at offset: Int, into bytes: inout [UInt8]) throws(GGUFError) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe pread(raw, bytes.baseAddress, bytes.count, off_t(offset))
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw .system(call: "pread", path: path, errno: errno) }
        }
    }

    /// Waits until what was written is on the disk.
    func synchronize() throws(GGUFError) {
        guard fsync(raw) == 0 else { throw .system(call: "fsync", path: path, errno: errno) }
    }

    /// The kind of file found instead of a regular file.
    static func describe(_ kind: mode_t) -> String {
        switch kind {
        case S_IFDIR: "a directory"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "not a regular file"
        }
    }
}

/// Unqualified `write` inside `FileDescriptor` would find its own method.
private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

extension GGUFError {
    /// Whether there is no file of that name.
    package var isMissingFile: Bool {
        if case .system(_, _, ENOENT) = self { true } else { false }
    }
}

/// The system's message for an errno value.
func describe(errno code: CInt) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
