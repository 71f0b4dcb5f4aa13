internal import Tokenizers

/// Options of a generation.
public struct GenerationOptions: Sendable {
    /// How tokens are chosen.
    public var sampling = SamplingOptions()
    /// Max tokens; nil: until the model ends its text or the context is full.
    public var maxTokens: Int?
    /// Min tokens before the model may end its text. A stop string and the end of a ``grammar`` still can.
    public var minTokens = 0
    /// Strings that end the text; they are not part of it. None may be empty.
    public var stop: [String] = []
    /// Goes on when the model ends its text.
    public var ignoresEnd = false
    /// Keeps the space that a SentencePiece token begins with at the start of the text: for printing it right behind the
    /// prompt.
    public var continuesPrompt = false
    /// How the next tokens are guessed ahead; nil: one at a time. It changes the time alone.
    public var drafting: Drafting?
    /// A grammar that the text keeps to; nil: none. Not with ``drafting``. Within ``maxTokens`` and the context the text is
    /// led to an end that the grammar allows, if possible; ``Generation/grammar`` tells.
    public var grammar: OutputGrammar?

    /// A grammar of what follows a token, each time that it comes; nil: none. Not beside ``grammar`` or ``drafting``.
    package var triggered: TriggeredGrammar?
    /// Control tokens that the text spells: marks within an answer.
    package var shownTokens: Set<Token> = []

    /// The defaults.
    public init() {}

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for an empty stop string, which every text would end at.
    func validateStops() throws(SwiftletError) {
        guard let index = stop.firstIndex(of: "") else { return }
        throw SwiftletError(
            .invalidArgument, "stop string \(index + 1) of \(stop.count) is empty: give each at least one character")
    }
}

/// A grammar that begins behind a token and ends where it allows no more: the text is free before and after.
package struct TriggeredGrammar: Sendable {
    let token: Token
    let grammar: OutputGrammar

    package init(token: Token, grammar: OutputGrammar) {
        self.token = token
        self.grammar = grammar
    }
}

/// The result of a generation.
public struct Generation: Sendable {
    /// Why it ended. The raw values are the words that the command line uses.
    public enum Reason: String, Sendable, Equatable {
        /// The model ended its text.
        case end = "model"
        /// One of the stop strings came.
        case stop
        /// ``GenerationOptions/maxTokens`` were generated.
        case length
        /// The context is full.
        case context
        /// The text is whole by ``GenerationOptions/grammar``, which allows nothing more.
        case grammar
        /// The caller did not want more.
        case caller
    }

    /// The whole text.
    public internal(set) var text = ""
    /// Its tokens, without the one that ended it.
    public internal(set) var tokens: [Token] = []
    /// Why it ended.
    public internal(set) var reason = Reason.length
    /// Statistics of drafting; nil without ``GenerationOptions/drafting``.
    public internal(set) var drafts: DraftStatistics?
    /// Whether the text is whole by its grammar; nil without ``GenerationOptions/grammar``.
    public internal(set) var grammar: GrammarEnding?
    /// The time that the grammar's masks took; nil without ``GenerationOptions/grammar``.
    public internal(set) var grammarTime: Duration?
}

extension Session {
    /// Takes in the prompt and generates text after it.
    ///
    /// - Parameters:
    ///   - prompt: at least one token, unless the session has logits already.
    ///   - onText: gets each piece of text as soon as it is certain: whole characters, no part of a stop string. Returns
    ///     whether to go on.
    /// - Throws: ``SwiftletError``: `contextFull` when the prompt does not fit or the context fills before the text ends,
    ///   `cancelled`, `invalidArgument`. Text that `onText` got before is valid.
    public mutating func generate(
        from prompt: [Token], _ options: GenerationOptions = GenerationOptions(),
        onText: (String) -> Bool = { _ in true }
    ) throws(SwiftletError) -> Generation {
        try generate(from: prompt, options) { text, _ in text.isEmpty || onText(text) }
    }

    /// As ``generate(from:_:onText:)``, with the tokens.
    ///
    /// - Parameter onToken: gets each token with the text that it makes certain, which may be none; no token with what was
    ///   held back until the end.
    package mutating func generate(
        from prompt: [Token], _ options: GenerationOptions, onToken: (_ text: String, Token?) -> Bool
    ) throws(SwiftletError) -> Generation {
        var stream = TextStream(model.tokenizer, options)
        var generation = try generate(from: prompt, options, into: &stream, onToken: onToken)
        guard [.end, .length, .grammar].contains(generation.reason) else { return generation }
        let (text, stopped) = stream.finish()
        generation.text += text
        if !text.isEmpty, !onToken(text, nil) { generation.reason = .caller }
        if stopped {
            generation.reason = .stop
            generation.grammar = GrammarGuide.ending(of: generation.text, options.grammar)
        }
        return generation
    }

    /// Generates a text, or the next part of one: what its last tokens leave open stays in the stream, unless the text was
    /// ended by a stop string or the caller.
    mutating func generate(
        from prompt: [Token], _ options: GenerationOptions, into stream: inout TextStream,
        onToken: (_ text: String, Token?) -> Bool
    ) throws(SwiftletError) -> Generation {
        var chooser = try TokenChooser(model, options, position: tokens.count + prompt.count)
        var speculation = try speculation(options.drafting, chooser.initialSampler)
        var generation = Generation()
        generation.drafts = speculation?.statistics
        try append(prompt)
        generation.reason = .length
        generation.grammar = chooser.grammar
        loop: while generation.tokens.count < options.maxTokens ?? .max {
            let budget = min((options.maxTokens ?? .max) - generation.tokens.count, contextLength - position + 1)
            let choice = try withLogits { logits throws(SwiftletError) -> Token? in
                try chooser.choose(logits, after: tokens, budget: budget, against: speculation?.pending)
            }
            guard let choice else {
                throw SwiftletError(.invalidArgument, "the prompt has no tokens: give at least one")
            }
            generation.grammarTime = chooser.grammarTime
            generation.grammar = chooser.grammar
            guard let token = choice else {
                generation.reason = .grammar
                break
            }
            let isGuessed = speculation?.decide(token) ?? false
            generation.drafts = speculation?.statistics
            if chooser.isEnd(token) {
                generation.reason = .end
                break
            }
            generation.tokens.append(token)
            let (text, stopped) = stream.append(token)
            generation.text += text
            if !onToken(text, token) {
                generation.reason = .caller
                return generation
            }
            if stopped {
                generation.reason = .stop
                generation.grammar = GrammarGuide.ending(of: generation.text, options.grammar)
                return generation
            }
            guard generation.tokens.count < options.maxTokens ?? .max else { break loop }
            guard position < contextLength else {
                throw SwiftletError(
                    .contextFull,
                    "the context of \(contextLength) tokens is full after \(generation.tokens.count) generated tokens")
            }
            if isGuessed {
                try confirm(token)
                continue
            }
            let most = min(
                (options.maxTokens ?? .max) - generation.tokens.count - 1, contextLength - position - 1, stepTokens - 1)
            guard let guesses = try speculation?.guess(after: tokens + [token], most: most), !guesses.isEmpty else {
                try append([token])
                continue
            }
            try verify([token] + guesses)
        }
        return generation
    }

    private mutating func speculation(
        _ drafting: Drafting?, _ sampler: Sampler
    ) throws(SwiftletError) -> Speculation? {
        guard let drafting else { return nil }
        try drafting.checkState(of: self.model)
        guard case .model(let model) = drafting.source else { return try Speculation(drafting, nil, sampler) }
        if draftSession?.model !== model { draftSession = try DraftSession(model, for: self.model, options) }
        return try Speculation(drafting, draftSession, sampler)
    }
}
