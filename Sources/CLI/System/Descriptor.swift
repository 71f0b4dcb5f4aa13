import Foundation

/// An open file by its number; whoever opened it closes it.
struct Descriptor: Sendable {
    let raw: CInt
    /// For messages.
    let name: String

    /// Writes all of `bytes`.
    func write(_ bytes: [UInt8]) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes {
                unsafe Foundation.write(raw, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("write to", name, count < 0 ? errno : ENOSPC) }
            written += count
        }
    }

    /// Reads up to the end.
    func readAll() throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try read(into: &chunk)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Reads what is there, at most as much as fits; waits for the first byte.
    ///
    /// - Returns: how many bytes; 0 at the end.
    func read(into chunk: inout [UInt8]) throws(Failure) -> Int {
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Foundation.read(raw, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system("read", name, errno) }
            return count
        }
    }
}
