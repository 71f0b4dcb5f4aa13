import Foundation
import GGUF

/// Reads lines as they come, however many there are.
///
/// A line ends with a line feed, or a carriage return and a line feed; the last one may lack it. Bytes that are no UTF-8
/// become U+FFFD.
final class LineReader {
    private let descriptor: Descriptor
    private let ownsDescriptor: Bool
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)
    /// Bytes read of lines that were not returned yet.
    private var rest: [UInt8] = []
    /// How much of it is known to hold no line feed.
    private var scanned = 0
    private var isAtEnd = false

    /// - Parameter path: `-`: standard input.
    init(path: String) throws(Failure) {
        ownsDescriptor = path != "-"
        guard ownsDescriptor else {
            descriptor = Descriptor(raw: STDIN_FILENO, name: "standard input")
            InputFiles.add(descriptor: STDIN_FILENO, path: descriptor.name)
            return
        }
        let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { throw .system("open", path.isEmpty ? "\"\"" : path, errno) }
        descriptor = Descriptor(raw: raw, name: path)
        InputFiles.add(descriptor: raw, path: path)
    }

    deinit {
        if ownsDescriptor { close(descriptor.raw) }
    }

    /// The lines that a read without waiting completes, perhaps none; nil when there is nothing to read.
    func available() throws(Failure) -> [String]? {
        var entry = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        guard !isAtEnd, unsafe poll(&entry, 1, 0) > 0 else { return nil }
        try readChunk()
        return takeLines()
    }

    /// The next lines: those that are there, at least one, without waiting for more. Nil at the end.
    func next() throws(Failure) -> [String]? {
        while true {
            let lines = takeLines()
            if !lines.isEmpty { return lines }
            if isAtEnd { return nil }
            try readChunk()
        }
    }

    private func readChunk() throws(Failure) {
        let count = try descriptor.read(into: &chunk)
        isAtEnd = count == 0
        rest += chunk[..<count]
    }

    private func takeLines() -> [String] {
        var lines: [String] = []
        var start = 0
        while let end = rest[max(start, scanned)...].firstIndex(of: 0x0A) {
            let isWindows = end > start && rest[end - 1] == 0x0D
            lines.append(String(decoding: rest[start..<(isWindows ? end - 1 : end)], as: UTF8.self))
            start = end + 1
        }
        if isAtEnd, start < rest.count {
            lines.append(String(decoding: rest[start...], as: UTF8.self))
            start = rest.count
        }
        rest.removeSubrange(..<start)
        scanned = rest.count
        return lines
    }
}
