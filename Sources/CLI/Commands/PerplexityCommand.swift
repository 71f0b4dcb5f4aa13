import ArgumentParser
import Swiftlet
import Tokenizers

/// Measures how well a model predicts a text.
struct PerplexityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measures a model's perplexity on a text.",
        discussion: """
            Prints mean cross-entropy (nats per token), perplexity and bits per byte. Windows overlap: each token is \
            scored once and, after the first window, with at least window - stride tokens of context. Windows start \
            with the model's BOS token; without one the first token of the text is not scored.

            A text-to-text model scores pairs: --source and --target name files of lines, a text and its translation. \
            --json lists the log-probability of each target.

            --kl-base writes log-probabilities of the original model: 2 bytes for each token of the vocabulary and each \
            predicted token, the second half of each window. --kl-divergence compares another model with it, as \
            llama-perplexity does.

            Examples:
              swiftlet perplexity -m model.gguf book.txt --window 1024
              swiftlet perplexity -m model-f16.gguf book.txt --kl-base base.kl
              swiftlet perplexity -m model-q4_k_m.gguf --kl-base base.kl --kl-divergence
              swiftlet perplexity -m opus-mt-en-de.gguf --source en.txt --target de.txt
            """)

    @OptionGroup(title: "Input") var textFlags: TextFileFlags
    @OptionGroup(title: "Input") var pairs: PairFlags
    @OptionGroup(title: "Comparison") var divergence: DivergenceFlags
    @OptionGroup(title: "Model") var modelFlags: ModelFlags
    @OptionGroup(title: "Model") var adapterFlags: AdapterFlags
    @OptionGroup(title: "Model") var sessionFlags: SessionFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens per window. (default: 512, or the context)", valueName: "n"))
    var window: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens between windows. (default: window / 2)", valueName: "n"))
    var stride: Int?

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var printsJSON = false

    func validate() throws {
        if divergence.compares {
            guard !textFlags.isGiven, !pairs.isGiven, window == nil, stride == nil else {
                throw ValidationError("--kl-divergence reads text and windows from its file: leave out others")
            }
        } else if divergence.base != nil, pairs.isGiven || stride != nil {
            throw ValidationError("--kl-base has neither pairs nor a stride: its windows do not overlap")
        } else if pairs.isGiven {
            guard !textFlags.isGiven, window == nil, stride == nil else {
                throw ValidationError("pairs of --source and --target have neither another text nor windows")
            }
        } else {
            _ = try textFlags.source(of: "perplexity")
        }
        let minWindow = divergence.base == nil ? 2 : 4
        if let window, window < minWindow {
            throw ValidationError(
                "windows of \(window) tokens are not possible: use --window with \(minWindow) or more")
        }
        if let stride, stride < 1 || stride >= window ?? .max {
            throw ValidationError(
                "a stride of \(stride) tokens is not possible: use --stride with 1 or more, and less than the window")
        }
    }

    func run() throws {
        if pairs.isGiven { return try reportPairs() }
        if let base = divergence.base {
            return divergence.compares ? try compare(with: base) : try writeBase(to: base)
        }
        let text = try textFlags.source(of: "perplexity").read()
        let model = try modelFlags.open()
        let special = model.tokenizer.special
        let tokens = model.tokenizer.encode(text.span, addSpecial: false, parseSpecial: false)
        let window = try self.window(of: model)
        var sessionOptions = sessionFlags.options(contextLength: window, logitsOf: model.vocabularySize)
        sessionOptions.adapters = try adapterFlags.open(for: model)
        var session = try Session(model, sessionOptions)
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
