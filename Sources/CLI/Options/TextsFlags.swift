import ArgumentParser

/// Texts: arguments, or lines.
struct TextsFlags: ParsableArguments {
    @Argument(help: "Texts; or use -f, or lines on standard input.")
    var texts: [String] = []

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Read one text per line; - = standard input.", valueName: "path"), completion: .file())
    var file: String?

    /// Whether one of them was given.
    var isGiven: Bool { !texts.isEmpty || file != nil }

    /// - Throws: `ValidationError` when there are no texts, or from two places.
    func validate() throws {
        if !texts.isEmpty, file != nil {
            throw ValidationError("texts were given as arguments and by -f: use one of them")
        }
    }

    func requireSource() throws {
        guard isGiven || TextSource.standardInputIsGiven else {
            throw ValidationError("there are no texts: use arguments, -f file or standard input")
        }
    }

    /// Some texts at a time, until there are no more.
    func batches(maxTexts: Int = TextBatches.maxTexts) throws(Failure) -> TextBatches {
        texts.isEmpty
            ? TextBatches(try LineReader(path: file ?? "-"), maxTexts: maxTexts)
            : TextBatches(texts, maxTexts: maxTexts)
    }

    /// All of the texts.
    func all() throws(Failure) -> [String] {
        guard texts.isEmpty else { return texts }
        let batches = try batches()
        var all: [String] = []
        while let batch = try batches.next() { all += batch }
        return all
    }
}

/// How results are printed.
enum ResultFormat: String, CaseIterable, ExpressibleByArgument {
    case text
    case json
}
