#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file or a pipe, read once from front to back. A file that it opened is closed with its last use.
struct ByteSource: ~Copyable {
    let path: String
    /// Bytes of a regular file; nil of anything else.
    let byteCount: Int?
    /// Bytes that were read so far.
    private(set) var offset = 0
    private let descriptor: CInt
    private let isOwned: Bool

    /// Opens a file, a pipe or a device.
    init(path: String) throws(AudioError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", path: path, reason: lastError()) }
        self.path = path
        self.descriptor = descriptor
        isOwned = true
        byteCount = Self.size(descriptor)
    }

    /// Reads from a descriptor of the caller's.
    init(descriptor: CInt, label: String) {
        path = label
        self.descriptor = descriptor
        isOwned = false
        byteCount = Self.size(descriptor)
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// The next `count` bytes; fewer only at the end.
    mutating func read(_ count: Int) throws(AudioError) -> [UInt8] {
        var failure: AudioError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let found = unsafe systemRead(
                    descriptor,
                    UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]))
                if found < 0 && errno == EINTR { continue }
                if found < 0 { failure = .system(call: "read", path: path, reason: lastError()) }
                guard found > 0 else { return }
                filled += found
            }
        }
        if let failure { throw failure }
        offset += bytes.count
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
