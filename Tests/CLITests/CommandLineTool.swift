import Foundation

/// The built executable, which lies beside the tests.
struct CommandLineTool {
    /// The result of a run.
    struct Result {
        let status: Int32
        let output: Data
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }

        func decoded<T: Decodable>(_ type: T.Type) throws -> T { try JSONDecoder().decode(type, from: output) }
    }

    private let process = Process()
    private let folder: TemporaryFolder
    private let files: [FileHandle]

    /// - Parameters:
    ///   - input: what standard input holds; nothing when nil.
    ///   - inputPath: a file that standard input is, instead.
    ///   - output: where standard output goes instead of into the result.
    ///   - variables: environment variables beside those of the tests.
    init(
        _ arguments: [String], input: Data? = nil, inputPath: String? = nil, output: Any? = nil,
        variables: [String: String] = [:]
    ) throws {
        folder = try TemporaryFolder()
        process.executableURL = Self.url
        process.arguments = arguments
        if !variables.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(variables) { _, new in new }
        }
        let inputURL = try inputPath.map { URL(fileURLWithPath: $0) } ?? folder.write(input ?? Data(), as: "input")
        let input = try FileHandle(forReadingFrom: inputURL)
        let errors = try FileHandle(forWritingTo: folder.write(Data(), as: "errors"))
        let file = output == nil ? try FileHandle(forWritingTo: folder.write(Data(), as: "output")) : nil
        process.standardInput = input
        process.standardOutput = output ?? file
        process.standardError = errors
        files = [input, errors, file].compactMap(\.self)
    }

    /// Runs the executable to its end.
    static func run(_ arguments: String..., input: Data? = nil) async throws -> Result {
        try await run(arguments, input: input)
    }

    static func run(_ arguments: [String], input: Data? = nil) async throws -> Result {
        try await CommandLineTool(arguments, input: input).finish()
    }

    /// Starts the process and waits for its end.
    ///
    /// - Parameter meanwhile: is called when the process has started.
    func finish(meanwhile: (CommandLineTool) throws -> Void = { _ in }) async throws -> Result {
        let ended = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in ended.continuation.finish() }
        try process.run()
        // Now and not when it has ended: hundreds of tests may wait at once, and a process opens 1,024 files at most.
        for file in files { try file.close() }
        try meanwhile(self)
        for await _ in ended.stream {}
        return Result(
            status: process.terminationStatus, output: try folder.read("output"),
            errors: String(decoding: try folder.read("errors"), as: UTF8.self))
    }

    /// Its output so far.
    var outputSoFar: Data { (try? folder.read("output")) ?? Data() }

    var isRunning: Bool { process.isRunning }

    /// The most memory that it has had so far, in bytes; nil once it has ended, and where the system does not say.
    var peakResidentBytes: Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// Presses Ctrl-C.
    func interrupt() { process.interrupt() }

    static let url: URL = {
        #if os(Linux)
            let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        #else
            let tests = Bundle(for: BundleMarker.self).bundleURL
        #endif
        return tests.deletingLastPathComponent().appendingPathComponent("swiftlet")
    }()
}

/// Belongs to the bundle of these tests.
private final class BundleMarker {}
