#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that is being fetched: what arrived so far, and its digest. Whoever has it holds the file's lock.
final class PartialFile: BodySink {
    private let path: String
    private let file: RepositoryFile
    private let descriptor: CInt
    private var digest: Digest
    /// Bytes that are there.
    private(set) var byteCount = 0
    /// Whether some of them came from an earlier process.
    private(set) var wasResumed = false
    private let onBytes: (Int) -> Void

    /// Opens what an earlier try left, or begins.
    ///
    /// - Parameter onBytes: is told the number of bytes that are there.
    init(
        _ path: String, of file: RepositoryFile, _ observer: PullObserver, onBytes: @escaping (Int) -> Void
    ) throws(HubError) {
        self.path = path
        self.file = file
        self.onBytes = onBytes
        digest = Digest(like: file.digest, byteCount: file.byteCount)
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system(call: "open", path: path, errno: errno) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .system(call: "open", path: path, errno: EINVAL)
        }
        if status.st_size > off_t(file.byteCount) { try restart() } else { try readBack(observer) }
        wasResumed = byteCount > 0
    }

    deinit { close(descriptor) }

    var isComplete: Bool { byteCount == file.byteCount }

    /// Digests what an earlier try left, which nobody vouches for.
    private func readBack(_ observer: PullObserver) throws(HubError) {
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            if observer.isCancelled { throw .cancelled }
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "read", path: path, errno: errno) }
            if count == 0 { return }
            digest.add(chunk.span.extracting(0..<count))
            byteCount += count
        }
    }

    /// Drops what is there.
    func restart() throws(HubError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .system(call: "ftruncate", path: path, errno: errno)
        }
        digest = Digest(like: file.digest, byteCount: file.byteCount)
        byteCount = 0
        wasResumed = false
        onBytes(0)
    }

    /// A whole file (200), which begins again, or a range (206), which must begin where this one ends.
    func take(_ bytes: Span<UInt8>, of head: ResponseHead) throws(HubError) {
        if !hasChecked { try check(head) }
        guard bytes.count <= file.byteCount - byteCount else {
            throw .answer(url: file.path, problem: "more bytes than the \(file.byteCount) that the repository names")
        }
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written..<bytes.count)
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(call: "write", path: path, errno: count < 0 ? errno : ENOSPC) }
            written += count
        }
        digest.add(bytes)
        byteCount += bytes.count
        onBytes(byteCount)
    }

    /// Before each request: the head of its answer is checked with the first bytes.
    func expectAnswer() { hasChecked = false }

    private var hasChecked = false

    private func check(_ head: ResponseHead) throws(HubError) {
        hasChecked = true
        guard head.status == 206 else {
            if byteCount > 0 { try restart() }
            return
        }
        guard head["content-range"]?.hasPrefix("bytes \(byteCount)-") ?? false else {
            throw .answer(url: file.path, problem: "another part of the file than the one asked for")
        }
    }

    /// Gives the file its name, if its bytes are right and on the disk.
    ///
    /// - Throws: ``HubError/damaged(file:expected:found:)``.
    func finish(as target: String) throws(HubError) {
        let found = digest.text
        guard found == file.digest.name else {
            throw .damaged(file: file.path, expected: file.digest.name, found: found)
        }
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: path, errno: errno) }
        guard unsafe rename(path, target) == 0 else { throw .system(call: "rename", path: target, errno: errno) }
    }

    /// Removes what is there.
    func remove() { unsafe unlink(path) }
}
