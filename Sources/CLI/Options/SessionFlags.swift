public import ArgumentParser
public import Swiftlet

extension SessionOptions.CacheType: ExpressibleByArgument {
    /// In upper or lower case.
    public init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}

/// How to run a model.
struct SessionFlags: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, 1 to 1024. (default: available cores)", valueName: "n"))
    var threads: Int?

    @Option(
        name: .customLong("kv-type"), parsing: .unconditional,
        help: ArgumentHelp(
            "KV cache element type. (default: f16; f32 with float32 weights)", valueName: "type"))
    var cacheType: SessionOptions.CacheType?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use -t with a number from 1 to 1024")
        }
    }

    /// - Parameter contextLength: nil: what the model was made for.
    func options(contextLength: Int? = nil) -> SessionOptions {
        var options = SessionOptions()
        options.threads = threads ?? 0
        options.cacheType = cacheType
        options.contextLength = contextLength
        return options
    }

    /// For work that asks for the logits of every token: fewer tokens at a time where the vocabulary is large.
    func options(contextLength: Int, logitsOf vocabularySize: Int) -> SessionOptions {
        var options = options(contextLength: contextLength)
        options.stepTokens = min(max(Self.logitsOfStep / max(vocabularySize, 1), 1), options.stepTokens)
        return options
    }

    /// Logits that a step may leave behind: 64 MB.
    private static let logitsOfStep = 16 << 20
}
