internal import Tokenizers

/// Chooses the tokens of one text from the logits before them: sampler, grammar and limits of its options. The model's steps
/// are the caller's, a ``Session`` or a server that runs many texts in one ``Engine``.
package struct TokenChooser: Sendable {
    private var sampler: Sampler
    private var guide: GrammarGuide?
    private let triggered: TriggeredGrammar?
    private let options: GenerationOptions
    private let model: Model

    /// - Parameter position: tokens before the text's first one.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for options out of their range, or a grammar that cannot be
    ///   followed.
    package init(_ model: Model, _ options: GenerationOptions, position: Int) throws(SwiftletError) {
        if let most = options.maxTokens, most < 0 {
            throw SwiftletError(.invalidArgument, "\(most) tokens cannot be generated: use 0 or more")
        }
        guard options.minTokens >= 0 else {
            throw SwiftletError(
                .invalidArgument, "a least number of \(options.minTokens) tokens is not possible: use 0 or more")
        }
        try options.validateStops()
        try options.sampling.validate(vocabularySize: model.vocabularySize)
        sampler = try Sampler(options.sampling.suppressing(model.suppressedTokens))
        if options.minTokens > 0 {
            let (first, isFar) = position.addingReportingOverflow(options.minTokens)
            sampler.forbid(model.tokenizer.endTokens, before: isFar ? .max : first)
        }
        guard options.grammar == nil || options.drafting == nil else {
            throw SwiftletError(.invalidArgument, "drafting is not possible with a grammar: leave one of them out")
        }
        guide = try options.grammar.map { grammar throws(SwiftletError) in
            try GrammarGuide(grammar, model.tokenTexts)
        }
        triggered = options.grammar == nil && options.drafting == nil ? options.triggered : nil
        self.options = options
        self.model = model
    }

    /// Whether the text so far is whole by its grammar; nil without one for the whole text.
    package var grammar: GrammarEnding? { triggered == nil ? guide?.ending : nil }

    /// Time spent on the grammar; nil without one for the whole text.
    package var grammarTime: Duration? { triggered == nil ? guide?.time : nil }

    /// A sampler as it is before the first token.
    var initialSampler: Sampler { sampler }

    /// The next token, which may be one that ends the text; nil where the grammar allows nothing more.
    ///
    /// - Parameters:
    ///   - logits: `[vocabularySize]`.
    ///   - text: the prompt and the text so far.
    ///   - budget: how many tokens may still come.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a grammar that cannot be followed any farther.
    package mutating func choose(
        _ logits: Span<Float>, after text: [Token], budget: Int
    ) throws(SwiftletError) -> Token? {
        try choose(logits, after: text, budget: budget, against: nil)
    }

    mutating func choose(
        _ logits: Span<Float>, after text: [Token], budget: Int, against pending: DraftToken?
    ) throws(SwiftletError) -> Token? {
        if guide != nil {
            if let token = try guided(logits, after: text, budget: budget) { return token }
            guard triggered != nil else { return nil }
            guide = nil
        }
        let token = sampler.sample(logits, after: text, against: pending)
        if let triggered, triggered.token == token {
            guide = try GrammarGuide(triggered.grammar, model.tokenTexts)
        }
        return token
    }

    private mutating func guided(
        _ logits: Span<Float>, after text: [Token], budget: Int
    ) throws(SwiftletError) -> Token? {
        let (model, ignoresEnd) = (model, options.ignoresEnd)
        return try guide?.sample(logits, after: text, &sampler, budget: budget) {
            !ignoresEnd && model.isEndOfGeneration($0)
        }
    }

    /// Whether a token ends the text.
    package func isEnd(_ token: Token) -> Bool { !options.ignoresEnd && model.isEndOfGeneration(token) }
}
