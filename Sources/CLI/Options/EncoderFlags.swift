public import ArgumentParser
public import Swiftlet

extension EmbedderOptions.Overflow: ExpressibleByArgument {}

/// How any encoder runs, and what happens to long texts.
struct EncoderFlags: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, 1 to 1024. (default: what this process may use)", valueName: "n"))
    var threads: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Most tokens of a text. (default: what the model takes)", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What happens to a longer text.", valueName: "error|truncate"))
    var overflow = EmbedderOptions.Overflow.error

    @Flag(
        name: .customLong("no-special"),
        help: "Take special tokens spelt in a text ([SEP], <mask>) as text, which to a decoder they always are.")
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
