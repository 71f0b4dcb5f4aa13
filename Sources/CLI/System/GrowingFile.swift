import Foundation
import GGUF

/// A file of lines that a command goes on with: what it writes stays, however the process ends.
final class GrowingFile {
    /// Whole lines that the file had; what followed the last one is cut off.
    let lineCount: Int
    private let descriptor: Descriptor

    /// - Throws: `Failure` when it cannot be opened, is no regular file, is one of those that are read, or another process
    ///   writes to it.
    init(path: String) throws(Failure) {
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .message("\(path) is no file that can be gone on with: leave --resume out")
        }
        do throws(GGUFError) { try InputFiles.check(output: path) } catch { throw .message("\(error)") }
        let raw = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard raw >= 0 else { throw .system("write to", path, errno) }
        descriptor = Descriptor(raw: raw, name: path)
        guard flock(raw, LOCK_EX | LOCK_NB) == 0 else {
            close(raw)
            throw .message("another process is writing to \(path): wait for its end")
        }
        do throws(Failure) {
            lineCount = try Self.cut(descriptor)
        } catch {
            close(raw)
            throw error
        }
    }

    deinit { close(descriptor.raw) }

    /// Counts the lines and goes to the end of the last one.
    private static func cut(_ descriptor: Descriptor) throws(Failure) -> Int {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var (lines, offset, end) = (0, 0, 0)
        while true {
            let count = try descriptor.read(into: &chunk)
            if count == 0 { break }
            for index in 0..<count where chunk[index] == 0x0A {
                lines += 1
                end = offset + index + 1
            }
            offset += count
        }
        guard ftruncate(descriptor.raw, off_t(end)) == 0, lseek(descriptor.raw, off_t(end), SEEK_SET) >= 0 else {
            throw .system("write to", descriptor.name, errno)
        }
        return lines
    }

    func write(_ bytes: [UInt8]) throws(Failure) { try descriptor.write(bytes) }

    /// Waits until all is on the disk.
    func finish() throws(Failure) {
        guard fsync(descriptor.raw) == 0 else { throw .system("write to", descriptor.name, errno) }
    }
}
