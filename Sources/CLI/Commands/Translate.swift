import ArgumentParser
import Swiftlet

/// How translations are printed.
enum LineFormat: String, CaseIterable, ExpressibleByArgument {
    /// A line each.
    case text
    /// An object on a line each.
    case jsonl
}

/// Translates lines.
struct Translate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Translates lines.",
        discussion: """
            Lines are arguments, or those of a file or of standard input, which may be endless: translations come out, a \
            line each, as lines come in. Empty lines stay empty. A line that is longer than the model takes, or than \
            --piece-tokens, is cut behind ends of sentences (. ! ? … before white space; 。！？), where a sentence is too \
            long at white space, and the translations are joined with a space.

            Languages are codes (en, deu), the model's own (eng_Latn, en_XX), or English names. Models of a single \
            direction need none; T5 translates from English where --from is missing.

            The built-in model is very small: English to French, in the words of Debian's package descriptions.

            --format jsonl gives {"line": ..., "text": ..., "score": ...}, with --n-best a list "n_best" of texts and \
            scores, with --align the tokens of both sides and pairs [target, source] of their places, by \
            cross-attention. A score is the sum of the tokens' log-probabilities, divided by a power of their number.

            The search is greedy, or by beams as the model's file recommends; only a given --temperature above 0 samples.

            With -o a file appears when it is complete. With --resume it grows line by line instead, and stays when the \
            command is stopped: the same command then goes on behind its last whole line.

            Examples:
              swiftlet translate "The package contains a library of fast functions."
              swiftlet translate -m opus-mt-en-de.gguf -f lines.txt -o german.txt --resume
            """)

    @OptionGroup(title: "Input") var texts: TextsFlags

    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp("Model: GGUF file or owner/repo:QUANT. (default: built-in)", valueName: "path"),
        completion: .file(extensions: ["gguf"]))
    var path: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Target language.", valueName: "language"))
    var to: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Source language.", valueName: "language"))
    var from: String?

    @OptionGroup var target: TargetFlags

    @Option(parsing: .unconditional, help: ArgumentHelp("Output format.", valueName: "text|jsonl"))
    var format = LineFormat.text

    @Flag(name: .customLong("align"), help: "Align tokens by cross-attention; needs jsonl.")
    var aligns = false

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Output file. (default: standard output)", valueName: "path"), completion: .file())
    var output: String?

    @Flag(name: .customLong("resume"), help: "Continue after the last whole line of the output file.")
    var resumes = false

    @Flag(name: .customLong("stats"), help: "Print lines and speed on standard error.")
    var printsStatistics = false

    func validate() throws {
        try texts.requireSource()
        if path == "" { throw ValidationError("the path of the model is empty: use -m model.gguf, or leave -m out") }
        if output == "" { throw ValidationError("the path of the output is empty: use -o out.txt, or leave -o out") }
        if resumes, output == nil { throw ValidationError("--resume goes on with a file: use it with -o out.txt") }
        if format == .text, aligns { throw ValidationError("--align needs --format jsonl") }
        if format == .text, (target.beamFlags.nBest ?? 1) > 1 {
            throw ValidationError("several translations of a line need --format jsonl: use it with --n-best")
        }
    }

    func run() throws {
        let lines = try texts.batches(maxTexts: Self.linesAtOnce)
        let model = try openModel()
        let options = try target.options(for: model)
        var translator = try target.open(model, .translation(from: from, to: to), beams: options.beams)
        let interruption = Interruption(cancelling: translator.cancellation)
        let printer = try TranslationPrinter(
            format, hasList: target.beamFlags.nBest != nil, path: output, resumes: resumes)
        try skip(printer.lineCount, lines)
        let first = printer.lineCount
        let start = ContinuousClock.now
        while let batch = try lines.next() {
            var ready = [ConvertedText?](repeating: nil, count: batch.count)
            var printed = 0
            var failure: (any Error)?
            try translator.convert(batch, options, limit: target.pieceTokens) { index, text in
                ready[index] = text
                guard !aligns, failure == nil else { return failure == nil }
                do {
                    while printed < batch.count, let next = ready[printed] {
                        try printer.append(next)
                        printed += 1
                    }
                    try interruption.check()
                } catch {
                    failure = error
                }
                return failure == nil
            }
            if let failure { throw failure }
            try interruption.check()
            // What is computed of a translation beside itself waits until the translator is free.
            if aligns {
                for text in ready.compactMap(\.self) {
                    try printer.append(text, translator.alignedTokens(of: text))
                    try interruption.check()
                }
            }
        }
        try printer.finish()
        guard printsStatistics else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let count = printer.lineCount - first
        StandardStream.printNote(
            "\(Format.count(count)) lines in \(Format.decimal(seconds, 2)) s: "
                + "\(Format.decimal(Double(count) / max(seconds, 1e-6), 1)) lines/s")
    }

    private func openModel() throws -> Model {
        let builtIn = BuiltInModel.translation
        guard let path else { return try unsafe Model(staticBytes: builtIn.bytes, name: builtIn.name) }
        return try Model(path: ModelFile.path(path))
    }

    /// Enough that lines of like length meet, few enough that a stop loses little.
    private static let linesAtOnce = 1024

    /// Leaves out the lines that were translated before.
    private func skip(_ count: Int, _ lines: TextBatches) throws {
        var left = count
        while left > 0 {
            guard let skipped = try lines.next(max: left) else {
                throw Failure.message(
                    "\(output ?? "") has \(Format.count(count)) lines, but the input only "
                        + "\(Format.count(count - left)): it belongs to another input")
            }
            left -= skipped.count
        }
    }
}

/// The tokens of a text and its best target, and which of them belong together.
struct AlignedTokens {
    let source: [String]
    let target: [String]
    let pairs: [(target: Int, source: Int)]
}

extension TextToText {
    /// Piece by piece, end to end.
    fileprivate mutating func alignedTokens(of text: ConvertedText) throws(SwiftletError) -> AlignedTokens {
        var (source, target): ([Token], [Token]) = ([], [])
        var pairs: [(target: Int, source: Int)] = []
        for (piece, tokens) in zip(text.pieces, text.targets.first?.tokens ?? []) {
            pairs += try alignment(of: tokens, to: piece).map { ($0.target + target.count, $0.source + source.count) }
            source += sourceTokens(of: piece)
            target += tokens
        }
        return AlignedTokens(
            source: source.map { model.text(of: $0) ?? "" }, target: target.map { model.text(of: $0) ?? "" },
            pairs: pairs)
    }
}
