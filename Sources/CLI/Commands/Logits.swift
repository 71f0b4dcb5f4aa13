import ArgumentParser
import Models
import Swiftlet

/// Writes the logits of a prompt.
struct Logits: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the logits of a prompt as a NumPy array.",
        discussion: """
            The array is float32 [tokens, vocabulary]. For a text-to-text model the prompt is the source and the rows \
            belong to --decoder-ids.

            Example:
              swiftlet logits -m model.gguf -p "Hello" -o logits.npy
            """)

    @OptionGroup(title: "Input") var prompt: PromptFlags
    @OptionGroup(title: "Model") var modelFlags: ModelFlags
    @OptionGroup(title: "Model") var adapterFlags: AdapterFlags
    @OptionGroup(title: "Model") var sessionFlags: SessionFlags

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Output file (.npy). (default: standard output)", valueName: "path"), completion: .file())
    var output: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Token ids instead of a prompt.", valueName: "id,..."))
    var ids: TokenList?

    @Option(
        name: .customLong("decoder-ids"), parsing: .unconditional,
        help: ArgumentHelp(
            "Text-to-text: target ids, from the start token on.", valueName: "id,..."))
    var decoderIDs: TokenList?

    @Flag(name: .customLong("last"), help: "Only the last token's logits: [1, vocabulary].")
    var onlyLast = false

    func validate() throws {
        if output == "" { throw ValidationError("the path of the output is empty: use -o out.npy") }
        if output == nil, StandardStream.output.isTerminal { throw ValidationError(NumPyFile.terminalRefusal) }
        if ids == nil {
            _ = try prompt.source()
        } else if prompt.isGiven {
            throw ValidationError("a prompt and --ids exclude each other")
        }
    }

    func run() throws {
        let text = ids == nil ? try prompt.source().read() : []
        let model = try modelFlags.open()
        let tokens = ids?.tokens ?? prompt.tokens(text, model.tokenizer)
        try PromptFlags.check(tokens, contextLength: model.contextLength)
        if model.kind == .textToText { return try write(model, source: tokens) }
        guard decoderIDs == nil else {
            throw Failure.message(
                "--decoder-ids belongs to a model that turns a text into another (\(model.path) does not)")
        }
        let rows = onlyLast ? 1 : tokens.count
        var options = sessionFlags.options(contextLength: tokens.count, logitsOf: model.vocabularySize)
        options.adapters = try adapterFlags.open(for: model)
        var session = try Session(model, options)
        let interruption = Interruption(cancelling: session.cancellation)
        let file = try NumPyFile(path: output, rows: rows, columns: model.vocabularySize)
        let bar = ProgressBar("logits")
        let start = ContinuousClock.now
        if onlyLast {
            try session.append(tokens, showing: bar)
            var failure: Failure?
            session.withLogits { row in
                do throws(Failure) { try file.append(row) } catch { failure = error }
            }
            if let failure { throw failure }
        } else {
            try session.appendLogits(of: tokens, to: file, showing: bar)
        }
        try interruption.check()
        try file.finish()
        report(rows, model, start)
    }

    /// The logits after each token of a target, given a source.
    private func write(_ model: Model, source: [Token]) throws {
        guard let target = decoderIDs?.tokens, !target.isEmpty else {
            throw Failure.message(
                "\(model.path): the model turns a text into another: give the target's tokens, from the start token on, "
                    + "with --decoder-ids")
        }
        var options = TextToTextOptions()
        options.threads = sessionFlags.threads ?? 0
        options.cacheType = sessionFlags.cacheType
        options.adapters = try adapterFlags.open(for: model)
        var session = try TextToTextSession(model, options)
        let interruption = Interruption(cancelling: session.cancellation)
        let rows = onlyLast ? 1 : target.count
        let file = try NumPyFile(path: output, rows: rows, columns: model.vocabularySize)
        let start = ContinuousClock.now
        try session.encode(source)
        try session.decode(target, keepsAll: !onlyLast)
        var failure: Failure?
        for row in 0..<rows where failure == nil {
            session.withLogits(row) { logits in
                do throws(Failure) { try file.append(logits) } catch { failure = error }
            }
        }
        if let failure { throw failure }
        try interruption.check()
        try file.finish()
        report(rows, model, start)
    }

    private func report(_ rows: Int, _ model: Model, _ start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        StandardStream.printNote(
            "\(output ?? "standard output"): float32 [\(rows), \(model.vocabularySize)] in "
                + "\(Format.decimal(seconds, 2)) s")
    }
}

extension Session {
    /// Takes in the tokens and writes the logits after each.
    fileprivate mutating func appendLogits(
        of tokens: [Token], to file: NumPyFile, showing bar: ProgressBar
    ) throws {
        defer { bar.clear() }
        let cancellation = cancellation
        var failure: Failure?
        do throws(SwiftletError) {
            try append(tokens) { index, logits in
                guard failure == nil else { return }
                do throws(Failure) {
                    try file.append(logits)
                    bar.update(index + 1, of: tokens.count)
                } catch {
                    failure = error
                    cancellation.cancel()
                }
            }
        } catch {
            if let failure { throw failure }
            throw error
        }
        if let failure { throw failure }
    }
}
