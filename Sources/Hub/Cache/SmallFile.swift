#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files of a line or so: tokens, and what a branch points to.
enum SmallFile {
    private static let limit = 4096

    /// Its text up to the limit; nil where there is no file.
    static func text(_ path: String) throws(HubError) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .system(call: "open", path: path, errno: errno)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = unsafe read(file, &bytes, limit)
        guard count >= 0 else { throw .system(call: "read", path: path, errno: errno) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Replaces the file at once, so that a reader sees the old text or the new one.
    static func write(_ text: String, to path: String) throws(HubError) {
        let temporary = "\(path).\(getpid()).tmp"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw .system(call: "open", path: temporary, errno: errno) }
        let bytes = Array(text.utf8)
        let written = unsafe systemWrite(file, bytes, bytes.count)
        close(file)
        guard written == bytes.count, unsafe rename(temporary, path) == 0 else {
            let code = errno
            unsafe unlink(temporary)
            throw .system(call: "write", path: path, errno: code)
        }
    }
}

/// Unqualified `write` inside `SmallFile` would find its own function.
private func systemWrite(_ file: CInt, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe write(file, bytes, count)
}
