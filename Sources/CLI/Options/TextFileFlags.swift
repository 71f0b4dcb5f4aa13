import ArgumentParser

/// A text to look at as a whole: a file, or itself.
struct TextFileFlags: ParsableArguments {
    @Argument(help: "The text file; or -f, -p or standard input.")
    var file: String?

    @Option(
        name: [.customShort("f"), .customLong("file")], parsing: .unconditional,
        help: ArgumentHelp("The text file; -: standard input.", valueName: "path"))
    var fileOption: String?

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("The text itself.", valueName: "text"))
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
