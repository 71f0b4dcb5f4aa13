import ArgumentParser
import Models
import Swiftlet
import Tokenizers

/// Completes a prompt.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Completes a prompt, or runs a text-to-text model.",
        discussion: """
            Prints the completion as it is generated, until the model ends it, -n tokens, a stop string or a full \
            context. Sampling options that are not given come from the model file, else from the defaults below.

            A text-to-text model (T5, BART, Marian) reads the prompt as its source and prints the target: greedy by \
            default, the best of several hypotheses with --beam, sampled with --temperature above 0. With --beam a \
            decoder prints the best of several continuations, once it is found.

            Examples:
              swiftlet run -m model.gguf "Once upon a time" -n 100
              swiftlet run -m opus-mt-en-de.gguf "Good morning." --beam 4
            """)

    @OptionGroup(title: "Input") var prompt: PromptFlags
    @OptionGroup(title: "Model") var modelFlags: ModelFlags
    @OptionGroup(title: "Model") var adapterFlags: AdapterFlags
    @OptionGroup(title: "Model") var sessionFlags: SessionFlags
    @OptionGroup(title: "Sampling") var sampling: SamplingFlags
    @OptionGroup(title: "Structured output") var grammar: GrammarFlags
    @OptionGroup(title: "Speculative decoding") var draftFlags: DraftFlags
    @OptionGroup(title: "Beam search") var beamFlags: BeamFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Prefix of a text-to-text model's target.", valueName: "text"))
    var targetPrefix: String?

    @Flag(
        name: .customLong("json"),
        help: "Print results of --beam or a text-to-text model as JSON: ids, text and score.")
    var printsJSON = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Token ids instead of a prompt.", valueName: "id,..."))
    var ids: TokenList?

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Max tokens to generate. (default: no limit)", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Context length in tokens. (default: the model's)", valueName: "n"))
    var context: Int?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Stop at this string. Repeatable.", valueName: "text"))
    var stop: [String] = []

    @Flag(name: .customLong("ignore-eos"), help: "Continue past the end-of-sequence token.")
    var ignoresEnd = false

    @Flag(name: .customLong("echo"), help: "Print the prompt first.")
    var echoesPrompt = false

    @Flag(name: .customLong("stats"), help: "Report speed and stop reason on standard error.")
    var showsStatistics = false

    func validate() throws {
        if ids == nil {
            _ = try prompt.source()
        } else if prompt.isGiven {
            throw ValidationError("a prompt and --ids exclude each other")
        }
        if let maxTokens, maxTokens < 0 {
            throw ValidationError("\(maxTokens) tokens are not possible: use -n with 0 or more")
        }
        if let context, context < 1 {
            throw ValidationError("a context of \(context) tokens is not possible: use --context with 1 or more")
        }
        if stop.contains("") { throw ValidationError("a stop string is empty: use --stop \"text\"") }
    }

    func run() throws {
        let outputGrammar = try grammar.read()
        let text = ids == nil ? try prompt.source().read() : []
        let model = try modelFlags.open()
        let tokens = ids?.tokens ?? prompt.tokens(text, model.tokenizer)
        if model.kind == .textToText { return try generate(model, source: tokens) }
        if beamFlags.beam != nil { return try search(model, prompt: tokens) }
        if let name = targetPrefix != nil ? "--target-prefix" : nil {
            throw Failure.message(
                "\(name) is for models that turn a text into another: leave it out (\(model.path) continues texts)")
        }
        if let name = beamFlags.given ?? (printsJSON ? "--json" : nil) {
            throw Failure.message("\(name) is for a search with several hypotheses: use it with --beam 4")
        }
        let sampling = try sampling.options(for: model)
        let drafting = try draftFlags.drafting(for: model)
        var sessionOptions = sessionFlags.options(contextLength: context)
        sessionOptions.adapters = try adapterFlags.open(for: model)
        var session = try Session(model, sessionOptions)
        try PromptFlags.check(tokens, contextLength: session.contextLength)
        let interruption = Interruption(cancelling: session.cancellation)
        var statistics = GenerationStatistics()
        try statistics.measurePrompt(tokens.count) { try session.append(tokens, showing: ProgressBar("prompt")) }
        // The last token need not be taken in: there can be one more than the context has room for.
        let room = session.contextLength - tokens.count + 1
        var output = CompletionOutput(interruption)
        if echoesPrompt { output.write(ids == nil ? text : model.tokenizer.decode(tokens, renderSpecial: true)) }
        let generation: Generation
        do {
            defer { output.write("\n") }
            generation = try statistics.measureDecode {
                let generation = try session.generate(from: [], options(room, sampling, drafting, outputGrammar)) {
                    output.write($0)
                }
                return (generation, tokens: session.position - tokens.count)
            }
        }
        try output.check()
        let isFull = generation.reason == .length && maxTokens ?? .max > room
        let ending = TextEnding(reason: isFull ? .context : generation.reason, grammar: generation.grammar)
        statistics.drafts = generation.drafts
        statistics.grammarTime = generation.grammarTime
        statistics.ending = ending
        if showsStatistics { statistics.print() }
        if let remark = ending.remark(tokens: generation.tokens.count) { StandardStream.printNote(remark) }
        guard isFull else { return }
        let full = "the context of \(Format.count(session.contextLength)) tokens is full"
        guard let maxTokens else { return StandardStream.printNote(full) }  // what its help says ends the text
        throw Failure.message(
            "\(full) after \(Format.count(room)) of \(Format.count(maxTokens)) tokens: use a smaller -n, or a larger "
                + "--context (\(model.path) was made for \(Format.count(model.contextLength)))")
    }

    /// - Parameter room: tokens that there can be before the context is full.
    private func options(
        _ room: Int, _ sampling: SamplingOptions, _ drafting: Drafting?, _ grammar: OutputGrammar?
    ) -> GenerationOptions {
        var options = GenerationOptions()
        options.sampling = sampling
        options.minTokens = self.sampling.minTokens
        options.grammar = grammar
        options.maxTokens = min(maxTokens ?? room, room)
        options.stop = stop
        options.ignoresEnd = ignoresEnd
        options.drafting = drafting
        options.continuesPrompt = echoesPrompt
        return options
    }
}

/// The output of a completion; keeps the first failure and then writes nothing more.
private struct CompletionOutput {
    private let interruption: Interruption
    private var failure: Failure?

    init(_ interruption: Interruption) {
        self.interruption = interruption
    }

    /// Returns whether to go on.
    @discardableResult
    mutating func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    mutating func write(_ bytes: [UInt8]) -> Bool {
        guard failure == nil else { return false }
        do throws(Failure) {
            try StandardStream.output.write(bytes)
        } catch {
            failure = error
        }
        return failure == nil && !interruption.isRequested
    }

    /// - Throws: what went wrong, or that Ctrl-C was pressed.
    func check() throws(Failure) {
        if let failure { throw failure }
        try interruption.check()
    }
}

/// How long a prompt and its completion took.
private struct GenerationStatistics {
    private var prompt = (tokens: 0, time: Duration.zero)
    private var decode = (tokens: 0, time: Duration.zero)
    var drafts: DraftStatistics?
    var grammarTime: Duration?
    var ending: TextEnding?

    mutating func measurePrompt(_ tokens: Int, _ body: () throws -> Void) rethrows {
        prompt = (tokens, try ContinuousClock().measure(body))
    }

    mutating func measureDecode<Result>(_ body: () throws -> (Result, tokens: Int)) rethrows -> Result {
        let start = ContinuousClock.now
        let (result, tokens) = try body()
        decode = (tokens, ContinuousClock.now - start)
        return result
    }

    func print() {
        var table = Table(("", .left), ("tokens", .right), ("seconds", .right), ("tokens/s", .right))
        for (name, part) in [("prompt", prompt), ("decode", decode)] {
            let seconds = part.time / .seconds(1)
            let speed = seconds > 0 ? Format.decimal(Double(part.tokens) / seconds, 1) : "-"
            table.append(name, Format.count(part.tokens), Format.decimal(seconds, 3), speed)
        }
        var text = table.text(for: .error)
        if let drafts {
            text +=
                "drafts: \(Format.count(drafts.accepted)) of \(Format.count(drafts.drafted)) tokens accepted "
                + "(\(Format.decimal(drafts.acceptanceRate * 100, 1)) %) in \(Format.count(drafts.verifications)) "
                + "verification steps; \(Format.decimal(drafts.tokensPerStep, 2)) tokens a step\n"
        }
        if let grammarTime, decode.tokens > 0 {
            let share = grammarTime / decode.time * 100
            let microseconds = grammarTime / .microseconds(1) / Double(decode.tokens)
            text +=
                "grammar: \(Format.decimal(share, 1)) % of decoding, \(Format.decimal(microseconds, 0)) µs a token\n"
        }
        if let ending { text += ending.line }
        try? StandardStream.error.write(text)
    }
}
