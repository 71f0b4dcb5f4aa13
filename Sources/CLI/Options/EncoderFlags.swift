public import ArgumentParser
public import Swiftlet

extension EmbedderOptions.Overflow: ExpressibleByArgument {}

/// How any encoder runs, and what happens to long texts.
struct EncoderFlags: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, 1 to 1024. (default: available cores)", valueName: "n"))
    var threads: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Max tokens per text. (default: the model's limit)", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Long texts:", valueName: "how"))
    var overflow = EmbedderOptions.Overflow.error

    @Flag(
        name: .customLong("no-special"),
        help: "Treat special tokens spelled in texts as plain text.")
    var withoutSpecial = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use -t with a number from 1 to 1024")
        }
        if let maxTokens, maxTokens < 1 {
            throw ValidationError("texts of \(maxTokens) tokens are not possible: use --max-tokens with 1 or more")
        }
    }
}
