import ArgumentParser
import Swiftlet
import Tokenizers

/// Measures how well a model predicts a text.
struct PerplexityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measures how well the model predicts a text.",
        discussion: """
            Prints the mean cross-entropy (nats a token), its exponential (the perplexity) and the bits for each byte of \
            the text. The text is predicted in windows that overlap: every token is predicted once, after the first \
            window with at least window - stride tokens before it. Each window begins with the token that the model \
            expects at the start of a text, where there is one; else the text's first token is not predicted.

            Of a model that turns a text into another, --source and --target name files with a line for each text and \
            what it is to become, such as its translation: the latter is predicted. --json lists the score of each line: \
            the sum of its tokens' log-probabilities.
            """)

    @OptionGroup var textFlags: TextFileFlags
    @OptionGroup var modelFlags: ModelFlags
    @OptionGroup var sessionFlags: SessionFlags
    @OptionGroup var pairs: PairFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens of a window. (default: 512, or the context where that is less)", valueName: "n"))
    var window: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens from one window to the next. (default: half of the window)", valueName: "n"))
    var stride: Int?

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var printsJSON = false

    func validate() throws {
        if pairs.isGiven {
            guard !textFlags.isGiven, window == nil, stride == nil else {
                throw ValidationError("pairs of --source and --target have neither another text nor windows")
            }
        } else {
            _ = try textFlags.source(of: "perplexity")
        }
        if let window, window < 2 {
            throw ValidationError("windows of \(window) tokens are not possible: use --window with 2 or more")
        }
        if let stride, stride < 1 || stride >= window ?? .max {
            throw ValidationError(
                "a stride of \(stride) tokens is not possible: use --stride with 1 or more, and less than the window")
        }
    }

    func run() throws {
        if pairs.isGiven { return try reportPairs() }
        let text = try textFlags.source(of: "perplexity").read()
        let model = try modelFlags.open()
        let special = model.tokenizer.special
        let tokens = model.tokenizer.encode(text.span, addSpecial: false, parseSpecial: false)
        let window = window ?? min(512, model.contextLength)
        guard window <= model.contextLength else {
            throw Failure.message(
                "windows of \(window) tokens are not possible: \(model.path) was made for \(model.contextLength)")
        }
        var session = try Session(
            model, sessionFlags.options(contextLength: window, logitsOf: model.vocabularySize))
        let interruption = Interruption(cancelling: session.cancellation)
        let options = PerplexityOptions(window: window, stride: stride, start: special.addBOS ? special.bos : nil)
        let bar = ProgressBar("perplexity")
        defer { bar.clear() }
        let result = try session.perplexity(of: tokens, options) { bar.update($0, of: $1) }
        try interruption.check()
        bar.clear()
        let unpredicted = model.tokenizer.decode(Array(tokens.prefix(tokens.count - result.tokenCount)))
        try report(result, byteCount: text.count - unpredicted.count, options)
    }

    private func report(_ result: Perplexity, byteCount: Int, _ options: PerplexityOptions) throws {
        let bits = result.bits(perByteOf: max(byteCount, 1))
        if printsJSON {
            try JSON.object([
                "cross_entropy": .number(result.crossEntropy), "perplexity": .number(result.perplexity),
                "bits_per_byte": .number(bits), "tokens": .int(result.tokenCount), "bytes": .int(byteCount),
                "window": .int(options.window), "stride": .int(options.stride),
            ]).print(isPretty: true)
        } else {
            var lines = "cross-entropy  \(Format.decimal(result.crossEntropy, 5)) nats per token\n"
            lines += "perplexity     \(Format.decimal(result.perplexity, 4))\n"
            lines += "bits per byte  \(Format.decimal(bits, 5))\n"
            lines += "predicted      \(Format.count(result.tokenCount)) tokens, \(Format.count(byteCount)) bytes; "
            lines += "windows of \(options.window), stride \(options.stride)\n"
            try StandardStream.output.write(lines)
        }
    }
}
