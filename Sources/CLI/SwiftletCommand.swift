import ArgumentParser
import Foundation
import GGUF

/// The root of the command line.
@main
struct SwiftletCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swiftlet",
        abstract: "Runs language models (GGUF files) on the CPU.",
        discussion: """
            Without --model, a small built-in model is used.
            The number of threads is what this process may use (affinity, cgroup quota, cores); --threads or the \
            environment variable SWIFTLET_NUM_THREADS sets another. SWIFTLET_ISA forces an instruction set (scalar, \
            avx2, avxvnni, avx512, neon, i8mm).
            Exit codes: 0 done, 1 failed, 64 wrong usage, 130 interrupted (128 and the signal's number for SIGTERM and \
            SIGHUP); none of them leaves an unfinished file behind.
            """,
        version: Version.text,
        subcommands: [
            ChatCommand.self, Run.self, Embed.self, Similarity.self, Search.self, Rerank.self, FillMask.self,
            Translate.self, Summarize.self, Transcribe.self, Tokenize.self, Logits.self, PerplexityCommand.self,
            Inspect.self, Convert.self,
            Quantize.self, Bench.self,
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

    /// The library takes a number of threads that is none as automatic; who runs a command wants to know.
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
