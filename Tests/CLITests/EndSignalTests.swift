import Foundation
import TestSupport
import Testing

/// Signals that ask for an end leave no unfinished file, and end the process as they do where nobody handles them.
@Suite struct EndSignalTests {
    /// A command that waits while its output is unfinished: for standard input, or to write to standard error.
    struct Writer: CustomTestStringConvertible, Sendable {
        let arguments: [String]

        /// - Parameter arguments: `DIR` stands for the folder of the output.
        init(_ arguments: String...) { self.arguments = arguments }

        var testDescription: String { arguments[0] }
    }

    static let writers = [
        Writer("embed", "--format", "csv", "-o", "DIR/out"),
        Writer("embed", "--format", "npy", "-o", "DIR/out"),
        Writer("transcribe", "-", "--output-dir", "DIR"),
        Writer("quantize", Fixtures.path("models/llama-f32.gguf"), "DIR/out", "--type", "q4_0"),
        Writer("convert", Fixtures.path("conversion/bert"), "DIR/out"),
    ]

    /// A process with an empty pipe for standard input, and a full one for standard error.
    private final class Waiting {
        let process = Process()
        private let input = Pipe()
        private let errors = Pipe()
        private let folder: TemporaryFolder

        init(_ command: String, _ arguments: [String], in folder: TemporaryFolder) throws {
            self.folder = folder
            process.executableURL = URL(fileURLWithPath: command)
            process.arguments = arguments.map { $0.replacing("DIR", with: folder.url.path) }
            let full = errors.fileHandleForWriting.fileDescriptor
            let flags = fcntl(full, F_GETFL)
            _ = fcntl(full, F_SETFL, flags | O_NONBLOCK)
            while unsafe write(full, "x", 1) == 1 {}
            _ = fcntl(full, F_SETFL, flags)
            process.standardInput = input
            process.standardOutput = FileHandle.nullDevice
            process.standardError = errors
            try process.run()
        }

        var isWriting: Bool { folder.names.contains { $0.hasSuffix(".tmp") } }

        /// Waits until there is an unfinished file.
        func waitUntilWriting() {
            while process.isRunning, !isWriting { Thread.sleep(forTimeInterval: 0.01) }
        }

        func send(_ signal: CInt) { kill(process.processIdentifier, signal) }

        /// Lets it go on to its end.
        func release() throws {
            try input.fileHandleForWriting.close()
            try errors.fileHandleForWriting.close()
            _ = try errors.fileHandleForReading.readToEnd()
        }
    }

    @Test(arguments: writers, [SIGINT, SIGTERM, SIGHUP])
    func `a writer that is ended leaves nothing behind`(writer: Writer, signal: CInt) throws {
        let folder = try TemporaryFolder()
        let waiting = try Waiting(CommandLineTool.url.path, writer.arguments, in: folder)
        waiting.waitUntilWriting()
        #expect(waiting.process.isRunning && waiting.isWriting)
        waiting.send(signal)
        waiting.process.waitUntilExit()
        #expect(folder.names == [])
        #expect(waiting.process.terminationReason == .uncaughtSignal)
        #expect(waiting.process.terminationStatus == signal)
    }

    @Test func `a second Ctrl-C does not wait, and leaves nothing behind either`() throws {
        let folder = try TemporaryFolder()
        let waiting = try Waiting(CommandLineTool.url.path, Self.writers[0].arguments, in: folder)
        waiting.waitUntilWriting()
        waiting.send(SIGINT)
        while waiting.process.isRunning {  // two that come together are one
            Thread.sleep(forTimeInterval: 0.05)
            waiting.send(SIGINT)
        }
        waiting.process.waitUntilExit()
        #expect(folder.names == [] && waiting.process.terminationReason == .uncaughtSignal)
    }

    @Test func `a hang-up that is ignored, as by nohup, stays ignored`() throws {
        let folder = try TemporaryFolder()
        let words = [CommandLineTool.url.path, "embed", "--format", "csv", "-o", "DIR/out"]
        let waiting = try Waiting("/bin/sh", ["-c", #"trap "" HUP; exec "$@""#, "sh"] + words, in: folder)
        waiting.waitUntilWriting()
        waiting.send(SIGHUP)
        Thread.sleep(forTimeInterval: 0.3)
        #expect(waiting.process.isRunning && waiting.isWriting)
        try waiting.release()
        waiting.process.waitUntilExit()
        #expect(waiting.process.terminationReason == .exit && waiting.process.terminationStatus == 0)
        #expect(folder.names == ["out"])
    }
}
