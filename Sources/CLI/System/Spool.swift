import Foundation

/// Bytes that wait on the disk until what stands before them is known. Nameless, so that nothing is left behind.
final class Spool {
    private let descriptor: Descriptor

    /// - Throws: `Failure` when the folder for temporary files (`TMPDIR`) cannot be written to.
    init() throws(Failure) {
        let folder = NSTemporaryDirectory()
        let path = folder + (folder.hasSuffix("/") ? "" : "/") + "swiftlet.XXXXXX"
        var template = path.utf8CString
        let raw = unsafe template.withUnsafeMutableBufferPointer { template in
            unsafe template.baseAddress.map { unsafe mkstemp($0) } ?? -1
        }
        guard raw >= 0 else { throw .system("create a temporary file in", folder, errno) }
        unsafe template.withUnsafeBufferPointer { template in
            if let name = template.baseAddress { unsafe unlink(name) }
        }
        descriptor = Descriptor(raw: raw, name: folder)
    }

    deinit { close(descriptor.raw) }

    func write(_ bytes: [UInt8]) throws(Failure) { try descriptor.write(bytes) }

    /// Hands all that was written to `body`, a piece at a time.
    func read(_ body: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        guard lseek(descriptor.raw, 0, SEEK_SET) == 0 else { throw .system("read", descriptor.name, errno) }
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = try descriptor.read(into: &chunk)
            if count == 0 { return }
            try body(Array(chunk[..<count]))
        }
    }
}
