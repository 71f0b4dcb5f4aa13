import ArgumentParser
import Tokenizers

/// The text to work on.
struct PromptFlags: ParsableArguments {
    @Argument(help: "Prompt; or use -p, -f or standard input.")
    var text: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Prompt; may begin with a dash.", valueName: "text"))
    var prompt: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Read the prompt from a file; - = standard input.", valueName: "path"), completion: .file())
    var file: String?

    @Flag(
        name: .customLong("no-special"),
        help: "Add and parse no special tokens (<s>).")
    var withoutSpecial = false

    /// Whether one of them was given.
    var isGiven: Bool { text != nil || prompt != nil || file != nil }

    /// Where the text is.
    ///
    /// - Throws: `ValidationError` when there is not exactly one.
    func source() throws -> TextSource {
        let sources = [
            text.map(TextSource.text), prompt.map(TextSource.text), file.map(TextSource.file),
        ].compactMap(\.self)
        guard sources.count <= 1 else {
            throw ValidationError("more than one prompt was given: use a single argument, -p \"text\" or -f file")
        }
        if let source = sources.first { return source }
        guard TextSource.standardInputIsGiven else {
            throw ValidationError("there is no prompt: use an argument, -p \"text\", -f file or standard input")
        }
        return .standardInput
    }

    func tokens(_ text: [UInt8], _ tokenizer: Tokenizer) -> [Int32] {
        tokenizer.encode(text.span, addSpecial: !withoutSpecial, parseSpecial: !withoutSpecial)
    }

    /// Checks that there are tokens and that they fit.
    static func check(_ tokens: [Int32], contextLength: Int) throws(Failure) {
        guard !tokens.isEmpty else { throw .message("the prompt has no tokens: give at least one") }
        guard tokens.count <= contextLength else {
            throw .message("the prompt has \(tokens.count) tokens, but the context holds \(contextLength)")
        }
    }
}
