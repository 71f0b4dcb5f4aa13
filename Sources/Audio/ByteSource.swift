#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file or a pipe, read once from front to back. A file that it opened is closed with its last use.
struct ByteSource: ~Copyable {
    let path: String
    /// Bytes of a regular file, from where reading began; nil of anything else.
    let byteCount: Int?
    /// Bytes that were read so far.
    private(set) var offset = 0
    private let descriptor: CInt
    private let isOwned: Bool
    /// Where in the file reading began.
    private let start: Int

    /// Opens a file, a pipe or a device.
    init(path: String) throws(AudioError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", path: path, reason: lastError()) }
        self.path = path
        self.descriptor = descriptor
        isOwned = true
        start = 0
        byteCount = Self.size(descriptor)
    }

    /// Reads from a descriptor of the caller's.
    init(descriptor: CInt, label: String) {
        path = label
        self.descriptor = descriptor
        isOwned = false
        // Whoever opened it may have read some of it.
        let start = max(0, Int(lseek(descriptor, 0, SEEK_CUR)))
        self.start = start
        byteCount = Self.size(descriptor).map { max(0, $0 - start) }
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Bytes that a regular file still has; nil of anything else.
    var remaining: Int? { byteCount.map { max(0, $0 - offset) } }

    /// The next `count` bytes; fewer only at the end.
    mutating func read(_ count: Int) throws(AudioError) -> [UInt8] {
        let bytes = try fill(count, at: nil)
        offset += bytes.count
        return bytes
    }

    /// Bytes of a regular file, `place` behind those that were read, which stay unread; fewer only at the end.
    func peek(_ count: Int, at place: Int) throws(AudioError) -> [UInt8] {
        try fill(count, at: start + offset + place)
    }

    private func fill(_ count: Int, at place: Int?) throws(AudioError) -> [UInt8] {
        var failure: AudioError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let free = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let found =
                    if let place {
                        unsafe pread(descriptor, free.baseAddress, free.count, off_t(place + filled))
                    } else {
                        unsafe systemRead(descriptor, free)
                    }
                if found < 0 && errno == EINTR { continue }
                if found < 0 { failure = .system(call: "read", path: path, reason: lastError()) }
                guard found > 0 else { return }
                filled += found
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func size(_ descriptor: CInt) -> Int? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}

/// Unqualified `read` inside `ByteSource` would find its own method.
private func systemRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
}

private func lastError() -> String {
    guard let text = unsafe strerror(errno) else { return "error \(errno)" }
    return unsafe String(cString: text)
}
