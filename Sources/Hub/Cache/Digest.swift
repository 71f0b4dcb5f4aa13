internal import CHub

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The digest of bytes that come in pieces.
enum Digest {
    case sha256(swl_sha256)
    case sha1(swl_sha1)

    /// - Parameter byteCount: of the whole file, which git's digest begins with.
    init(like digest: FileDigest, byteCount: Int) {
        switch digest {
        case .sha256:
            var state = swl_sha256()
            unsafe swl_sha256_begin(&state)
            self = .sha256(state)
        case .git:
            var state = swl_sha1()
            unsafe swl_sha1_begin(&state)
            let header = Array("blob \(byteCount)\0".utf8)
            unsafe swl_sha1_add(&state, header, header.count)
            self = .sha1(state)
        }
    }

    mutating func add(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            switch self {
            case .sha256(var state):
                unsafe swl_sha256_add(&state, start, bytes.count)
                self = .sha256(state)
            case .sha1(var state):
                unsafe swl_sha1_add(&state, start, bytes.count)
                self = .sha1(state)
            }
        }
    }

    /// In hexadecimal digits.
    var text: String {
        var bytes: [UInt8]
        switch self {
        case .sha256(var state):
            bytes = [UInt8](repeating: 0, count: 32)
            unsafe swl_sha256_end(&state, &bytes)
        case .sha1(var state):
            bytes = [UInt8](repeating: 0, count: 20)
            unsafe swl_sha1_end(&state, &bytes)
        }
        return bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension Digest {
    /// Of a whole file.
    init(file path: String, like digest: FileDigest, byteCount: Int, _ observer: PullObserver) throws(HubError) {
        self.init(like: digest, byteCount: byteCount)
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system(call: "open", path: path, errno: errno) }
        defer { close(file) }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            if observer.isCancelled { throw .cancelled }
            let count = unsafe read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "read", path: path, errno: errno) }
            if count == 0 { return }
            add(chunk.span.extracting(0..<count))
        }
    }
}
