import ArgumentParser
import Swiftlet
import Tokenizers

/// Prints the tokens of a text.
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the tokens of a text, or the text of tokens.",
        discussion: """
            Prints a line per token: id, tab, spelling. Works with every file that has a tokenizer, even if its model \
            is not supported.

            Example:
              swiftlet tokenize -m model.gguf --json "Hello there"
            """)

    @OptionGroup(title: "Input") var prompt: PromptFlags
    @OptionGroup(title: "Model") var modelFlags: ModelFlags

    @Flag(name: .customLong("ids"), help: "Print only the ids, on one line.")
    var printsIDs = false

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var printsJSON = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Print the text of these token ids.", valueName: "id,..."))
    var decode: TokenList?

    func validate() throws {
        if printsIDs, printsJSON { throw ValidationError("--ids and --json exclude each other") }
        if decode == nil {
            _ = try prompt.source()
        } else if prompt.isGiven || printsIDs {
            throw ValidationError("--decode takes token ids instead of a prompt: use swiftlet tokenize --decode 1,2,3")
        }
    }

    func run() throws {
        let tokenizer = try Tokenizer(modelFlags.openFile())
        if let decode {
            try printText(of: decode.tokens, tokenizer)
        } else {
            try printTokens(prompt.tokens(prompt.source().read(), tokenizer), tokenizer)
        }
    }

    private func printTokens(_ tokens: [Token], _ tokenizer: Tokenizer) throws {
        if printsJSON {
            try JSON.object(["ids": .ints(tokens)]).print(isPretty: false)
        } else if printsIDs {
            try StandardStream.output.write(tokens.map(String.init).joined(separator: " ") + "\n")
        } else {
            let lines = tokens.map { "\($0)\t\(Format.visible(tokenizer.text(of: $0) ?? ""))\n" }
            try StandardStream.output.write(lines.joined())
        }
    }

    private func printText(of tokens: [Token], _ tokenizer: Tokenizer) throws {
        if let wrong = tokens.first(where: { $0 >= tokenizer.vocabularySize }) {
            throw Failure.message("there is no token \(wrong): the vocabulary has \(tokenizer.vocabularySize)")
        }
        let bytes = tokenizer.decode(tokens)
        if printsJSON {
            try JSON.object(["text": .string(String(decoding: bytes, as: UTF8.self))]).print(isPretty: false)
        } else {
            try StandardStream.output.write(bytes + [0x0A])
        }
    }
}
