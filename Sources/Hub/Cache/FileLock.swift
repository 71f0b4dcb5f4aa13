#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Holds a file's lock (flock) while it lives: huggingface_hub's, so that Python and this command do not fetch the same
/// file at once. It ends with the process, however that ends.
struct FileLock: ~Copyable {
    private let file: CInt

    private static let pause = 0.2

    /// Waits for whoever has it.
    ///
    /// - Parameter onWait: is called once if there is somebody.
    /// - Throws: ``HubError/cancelled``, ``HubError/system(call:path:errno:)``.
    init(_ path: String, _ observer: PullObserver, onWait: () -> Void) throws(HubError) {
        var hasWaited = false
        while true {
            let file = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
            guard file >= 0 else { throw .system(call: "open", path: path, errno: errno) }
            if flock(file, LOCK_EX | LOCK_NB) == 0 {
                // Whoever had it may have removed the file: the lock of a file without a name keeps nobody out.
                if Self.isSame(file, path) {
                    self.file = file
                    return
                }
                close(file)
                continue
            }
            let code = errno
            close(file)
            guard code == EWOULDBLOCK || code == EINTR else { throw .system(call: "flock", path: path, errno: code) }
            if !hasWaited { onWait() }
            hasWaited = true
            try observer.sleep(Self.pause)
        }
    }

    deinit { close(file) }

    private static func isSame(_ file: CInt, _ path: String) -> Bool {
        var (one, other) = (stat(), stat())
        return unsafe fstat(file, &one) == 0 && stat(path, &other) == 0 && one.st_ino == other.st_ino
            && one.st_dev == other.st_dev
    }
}
