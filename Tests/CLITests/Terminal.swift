import Foundation
import Testing

#if os(Linux)
    import Glibc

    /// The executable at a terminal that a test types into.
    final class Terminal {
        private let process = Process()
        private let raw: CInt
        private var seen: [UInt8] = []
        private let ended = AsyncStream<Void>.makeStream()

        /// - Parameter home: the user's folder.
        init(_ arguments: [String], home: String) throws {
            raw = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
            try #require(raw >= 0)
            var locked: CInt = 0
            var number: CInt = 0
            // TIOCSPTLCK and TIOCGPTN (asm-generic/ioctls.h): unlock the terminal, and tell its number.
            try #require(unsafe ioctl(raw, 0x4004_5431, &locked) == 0 && ioctl(raw, 0x8004_5430, &number) == 0)
            let side = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
            try #require(side >= 0)
            let handle = FileHandle(fileDescriptor: side, closeOnDealloc: true)
            process.executableURL = CommandLineTool.url
            process.arguments = arguments
            process.environment = ["HOME": home, "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"]
            process.standardInput = handle
            process.standardOutput = handle
            process.standardError = handle
            resize(rows: 24, columns: 100)
            process.terminationHandler = { [ended] _ in ended.continuation.finish() }
            try process.run()
        }

        deinit { close(raw) }

        func resize(rows: UInt16, columns: UInt16) {
            var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
            _ = unsafe ioctl(raw, UInt(TIOCSWINSZ), &size)
            if process.isRunning { kill(process.processIdentifier, SIGWINCH) }
        }

        func type(_ text: String) throws {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = unsafe bytes.withUnsafeBytes { unsafe write(raw, $0.baseAddress, $0.count) }
                if count > 0 { bytes = bytes.dropFirst(count) }
                // The other side must read before more can be written, and may wait for its echo to be read.
                if count < 0 {
                    try #require(errno == EAGAIN)
                    drain()
                    usleep(1000)
                }
            }
        }

        /// Waits until the program has printed the text; what came before it is then forgotten.
        func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let wanted = Array(text.utf8)
            for _ in 0..<3000 {
                drain()
                if let end = find(wanted) {
                    seen.removeSubrange(..<end)
                    return
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            Issue.record(
                "'\(text)' did not come, but: \(String(decoding: seen.suffix(600), as: UTF8.self).debugDescription)",
                sourceLocation: sourceLocation)
            process.terminate()
            throw CancellationError()
        }

        /// Waits for the program to end; returns its status.
        func end() async -> Int32 {
            for await _ in ended.stream {}
            return process.terminationStatus
        }

        private func find(_ wanted: [UInt8]) -> Int? {
            guard seen.count >= wanted.count else { return nil }
            return (0...seen.count - wanted.count).first { seen[$0...].starts(with: wanted) }.map { $0 + wanted.count }
        }

        private func drain() {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(raw, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                seen += buffer[..<count]
            }
        }
    }
#endif
