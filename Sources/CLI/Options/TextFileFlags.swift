import ArgumentParser

/// A text that a command reads as a whole.
struct TextFileFlags: ParsableArguments {
    @Argument(help: "Text file; or use -f, -p or standard input.", completion: .file())
    var file: String?

    @Option(
        name: [.customShort("f"), .customLong("file")], parsing: .unconditional,
        help: ArgumentHelp("Text file; - = standard input.", valueName: "path"), completion: .file())
    var fileOption: String?

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("Text.", valueName: "text"))
    var prompt: String?

    /// Whether one of them was given.
    var isGiven: Bool { file != nil || fileOption != nil || prompt != nil }

    /// Where the text is.
    ///
    /// - Parameter command: for the answer where there is none.
    /// - Throws: `ValidationError` when there is not exactly one.
    func source(of command: String) throws -> TextSource {
        let sources = [
            file.map(TextSource.file), fileOption.map(TextSource.file), prompt.map(TextSource.text),
        ].compactMap(\.self)
        guard sources.count <= 1 else {
            throw ValidationError("more than one text was given: use a single file, or -p \"text\"")
        }
        if let source = sources.first { return source }
        guard TextSource.standardInputIsGiven else {
            throw ValidationError("there is no text: use swiftlet \(command) text.txt")
        }
        return .standardInput
    }
}
