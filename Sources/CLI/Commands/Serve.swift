import ArgumentParser
import Foundation

/// Runs the server, a program of its own: this one needs none of the packages that it is made of.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves models over HTTP, by OpenAI's API.",
        discussion: """
            Runs swiftlet-serve with the same arguments; it must lie beside this program or in PATH. Its --help lists \
            the options.

            Example:
              swiftlet serve -m chat=llama.gguf --port 8080
            """)

    @Argument(parsing: .captureForPassthrough, help: "Options of swiftlet-serve.")
    var arguments: [String] = []

    private static let program = "swiftlet-serve"

    func run() throws {
        let candidates = [Self.besideThisProgram].compactMap(\.self) + Self.inPath
        guard let path = candidates.first(where: { unsafe access($0, X_OK) == 0 }) else {
            if arguments.contains("--help") || arguments.contains("-h") { throw CleanExit.helpRequest(self) }
            throw Failure.message(
                "\(Self.program) is neither beside this program nor in PATH: build it by "
                    + "swift build -c release --product \(Self.program)")
        }
        let words = [Self.program] + arguments
        var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
        // A program keeps the mask of the one that it replaces, which waits for these signals in a thread.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe pthread_sigmask(SIG_SETMASK, &signals, nil)
        unsafe execv(path, &pointers)
        throw Failure.message("\(path) cannot be run: \(unsafe String(cString: strerror(errno)))")
    }

    private static var besideThisProgram: String? {
        Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent(program).path
    }

    private static var inPath: [String] {
        let folders = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":")
        return folders.map { "\($0)/\(program)" }
    }
}
