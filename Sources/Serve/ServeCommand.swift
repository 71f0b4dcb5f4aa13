import ArgumentParser
import Foundation
import Swiftlet

/// The server's command line.
@main
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swiftlet-serve",
        abstract: "Serves models over HTTP, by OpenAI's API.",
        discussion: """
            Chat, completion, embeddings, reranking, transcription and translation, for many clients at once. Without \
            --model it serves the small built-in models. SIGTERM and Ctrl-C let running answers finish first.

            Example:
              swiftlet serve -m chat=llama.gguf -m embed=minilm.gguf --port 8080
            """,
        version: Version.text)

    @OptionGroup(title: "Models") var models: ServedModelFlags
    @OptionGroup(title: "Network") var network: NetworkFlags
    @OptionGroup(title: "Access") var access: AccessFlags
    @OptionGroup(title: "Load") var load: LoadFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Read options from a file first, one a line.", valueName: "path"), completion: .file())
    var config: String?

    static func main() async {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            let command = try parseAsRoot(ConfigurationFile.expand(arguments))
            guard let serve = command as? ServeCommand else {
                var other = command
                return try other.run()
            }
            try await serve.run()
        } catch let error as SwiftletError {
            end(error.message)
        } catch let error as ServeFailure {
            end(error.message)
        } catch {
            exit(withError: error)
        }
    }

    private static func end(_ message: String) -> Never {
        FileHandle.standardError.write(Data("swiftlet-serve: error: \(message)\n".utf8))
        Foundation.exit(1)
    }

    func run() async throws {
        try await ServerProcess(Server(options())).run()
    }

    /// - Throws: ``ServeFailure`` for a file of keys that cannot be read.
    func options() throws(ServeFailure) -> ServerOptions {
        var options = ServerOptions()
        try models.apply(to: &options)
        options.models = try options.models.map { file throws(ServeFailure) in try file.resolved() }
        options.adapters = try options.adapters.map { adapter throws(ServeFailure) in
            var adapter = adapter
            adapter.file = try adapter.file.resolved()
            return adapter
        }
        network.apply(to: &options)
        try access.apply(to: &options)
        load.apply(to: &options)
        return options
    }
}

/// What keeps the server from starting.
package struct ServeFailure: Error {
    package let message: String
}
