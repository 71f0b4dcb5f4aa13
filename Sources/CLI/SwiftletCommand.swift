import ArgumentParser
import Foundation
import GGUF
import Swiftlet

/// The root of the command line.
@main
struct SwiftletCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swiftlet",
        abstract: "Runs transformer models from GGUF files on the CPU.",
        discussion: """
            Without --model most commands use a small built-in model.

            Environment: SWIFTLET_NUM_THREADS sets the number of threads (default: the CPUs this process may use); \
            SWIFTLET_ISA forces an instruction set (scalar, avx2, avxvnni, avx512, neon, i8mm).

            Exit codes: 0 success, 1 failure, 64 wrong usage, 130 interrupted (128 + signal number for SIGTERM and \
            SIGHUP). Output files appear only when they are complete, but for translate --resume.

            Examples:
              swiftlet chat
              swiftlet embed "some text" --format csv
            """,
        version: Version.text,
        subcommands: [
            ChatCommand.self, Run.self, Embed.self, Similarity.self, Search.self, Rerank.self, Classify.self,
            Tag.self, FillMask.self,
            Translate.self, Summarize.self, Transcribe.self, Tokenize.self, Logits.self, PerplexityCommand.self,
            Inspect.self, LookCommand.self, ListFamilies.self, Convert.self, ImatrixCommand.self, Quantize.self,
            Bench.self,
            Serve.self, Pull.self,
            ListModels.self,
        ])

    static func main() {
        EndSignals.watch()
        InputFiles.keepUntilExit()
        do {
            var command = try parseAsRoot()
            try checkThreadVariable()
            try command.run()
        } catch {
            exit(reporting: error)
        }
    }

    /// The library ignores an invalid number of threads; on the command line it is an error.
    private static func checkThreadVariable() throws(Failure) {
        let name = "SWIFTLET_NUM_THREADS"
        guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return }
        guard let count = Int(text), (0...1024).contains(count) else {
            throw .message("\(name) is \(text): use 0 (automatic) to 1024")
        }
    }

    /// Prints help where that was asked for, else what is wrong, and ends the process.
    private static func exit(reporting error: any Error) -> Never {
        if let failure = Failure(error) {
            failure.print()
            Foundation.exit(failure.exitCode)
        }
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code.isSuccess {
            try? StandardStream.output.write(message + "\n")
        } else if !message.isEmpty {
            let prefix = "Error: "
            let text = message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
            StandardStream.printError(text)
        }
        Foundation.exit(code.rawValue)
    }
}
