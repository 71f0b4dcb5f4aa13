import Foundation
import TestSupport

/// The built server, which lies beside the tests, as a process.
final class ServerTool: @unchecked Sendable {  // Process is used by one test at a time
    private let process = Process()
    let client: HTTPClient

    /// - Parameters:
    ///   - models: names and files of `Fixtures`.
    ///   - options: beside the models.
    init(_ models: [String: String], options: [String] = []) throws {
        process.executableURL = Self.folder.appendingPathComponent("swiftlet-serve")
        process.arguments =
            ["--port", "0"] + options + models.flatMap { ["-m", "\($0)=\(Fixtures.path($1))"] }
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        var text = ""
        while true {
            let data = errors.fileHandleForReading.availableData
            text += String(decoding: data, as: UTF8.self)
            if let line = text.split(separator: "\n").first(where: { $0.contains(" at http") }),
                let port = line.split(separator: ":").last.flatMap({ UInt16($0) })
            {
                client = HTTPClient(port: port)
                return
            }
            guard !data.isEmpty else { throw HTTPClient.Failure(message: "the server did not start: \(text)") }
        }
    }

    private static var folder: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// Asks the process to end, and gives its exit code.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
