import ArgumentParser
import Models
import Swiftlet
import Tokenizers

/// Completes a prompt.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Completes a prompt, or turns it into another text.",
        discussion: """
            Prints the completion alone, as it comes. It ends when the model ends its text, after --max-tokens, at a \
            stop string or when the context is full. Ctrl-C ends it early.

            A model that turns a text into another, such as T5, prints what becomes of the prompt: by default the most \
            probable token at each step, with --beam the best of several hypotheses, with a --temperature above 0 a text \
            that is drawn. With --beam a model that continues texts prints the best of several continuations, too, once \
            it is found.
            """)

    @OptionGroup var prompt: PromptFlags
    @OptionGroup var modelFlags: ModelFlags
    @OptionGroup var sessionFlags: SessionFlags
    @OptionGroup var sampling: SamplingFlags
    @OptionGroup var grammar: GrammarFlags
    @OptionGroup var draftFlags: DraftFlags
    @OptionGroup var beamFlags: BeamFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What the target of a text-to-text model begins with.", valueName: "text"))
    var targetPrefix: String?

    @Flag(
        name: .customLong("json"),
        help: ArgumentHelp(
            "Of a text-to-text model, or with --beam: print {\"ids\": [...], \"text\": ..., \"score\": ...}, with --n-best "
                + "a list of them."))
    var printsJSON = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Token ids instead of a prompt.", valueName: "id,id,..."))
    var ids: TokenList?

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Most tokens. (default: until the text ends or the context is full)", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens of prompt and completion. (default: what the model was made for)", valueName: "n"))
    var context: Int?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A string that ends the completion; may be given more than once.", valueName: "text"))
    var stop: [String] = []

    @Flag(name: .customLong("ignore-eos"), help: "Go on when the model ends its text.")
    var ignoresEnd = false

    @Flag(name: .customLong("echo"), help: "Print the prompt first.")
    var echoesPrompt = false

    @Flag(name: .customLong("stats"), help: "Print times and speeds, and why the text ended, on standard error.")
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
        var session = try Session(model, sessionFlags.options(contextLength: context))
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

/// Where a completion goes; remembers the first failure, after which nothing more is written.
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
