internal import Graph

/// How the next tokens are guessed, so that the model checks several in one step: speculative decoding.
///
/// A step reads every weight once, be it for one token or for a few; tokens that were guessed right come almost free. The
/// model checks each guess with the very bits that it would have computed without, so drafting changes nothing but the time:
/// with temperature 0 the text is the same, else its probabilities are (arXiv:2211.17192). With ``lookup(maxTokens:matching:)``
/// even a seed's text stays.
public struct Drafting: Sendable {
    /// Where guesses come from.
    enum Source: Sendable {
        case lookup(matching: ClosedRange<Int>)
        case model(Model)
    }

    let source: Source
    /// Max tokens that are guessed at once. Fewer are while guesses turn out wrong.
    public let maxTokens: Int

    /// Guesses that what followed the last few tokens before follows them again, in the prompt or the text since: for
    /// summaries, edits, code. Costs no second model (Saxena 2023, github.com/apoorvumang/prompt-lookup-decoding).
    ///
    /// - Parameters:
    ///   - maxTokens: 1 to 64.
    ///   - matching: how many last tokens must have come before, within 1 to 4; the longest match counts, the latest of
    ///     several.
    public static func lookup(maxTokens: Int = defaultMaxTokens, matching: ClosedRange<Int> = 2...4) -> Drafting {
        Drafting(source: .lookup(matching: matching), maxTokens: maxTokens)
    }

    /// Lets a smaller model with the same vocabulary guess.
    ///
    /// A session keeps the draft model's cache for its next text. Where the text outgrows the draft model's context, it goes
    /// on without.
    ///
    /// - Parameter maxTokens: 1 to 64.
    public static func model(_ model: Model, maxTokens: Int = defaultMaxTokens) -> Drafting {
        Drafting(source: .model(model), maxTokens: maxTokens)
    }

    /// As many as pay on most machines: beyond, a step is bound by arithmetic instead of by memory.
    public static let defaultMaxTokens = 3

    /// Checks that it can draft for a model; generating checks it too.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a number out of its range, for a draft model with
    ///   another vocabulary, and for a model whose state cannot take tokens back.
    public func validate(for model: Model) throws(SwiftletError) {
        try validate()
        try checkState(of: model)
        if case .model(let draft) = source { try DraftSession.checkVocabulary(draft, model) }
    }

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a recurrent state.
    func checkState(of model: Model) throws(SwiftletError) {
        if model.program.states.contains(where: { $0?.isReplaced == true }) {
            throw SwiftletError(
                .invalidArgument,
                "drafting is not possible with \(model.path): each token replaces the state of this model "
                    + "(\(model.architecture)), so that wrong guesses cannot be taken back")
        }
    }

    func validate() throws(SwiftletError) {
        guard (1...64).contains(maxTokens) else {
            throw SwiftletError(.invalidArgument, "drafts of \(maxTokens) tokens are not possible: use 1 to 64")
        }
        guard case .lookup(let matching) = source else { return }
        guard matching.lowerBound >= 1, matching.upperBound <= LookupIndex.longest else {
            throw SwiftletError(
                .invalidArgument,
                "lookups of \(matching.lowerBound) to \(matching.upperBound) tokens are not possible: use 1 to "
                    + "\(LookupIndex.longest)")
        }
    }
}

/// Statistics of drafting for a text.
public struct DraftStatistics: Sendable, Equatable {
    /// Tokens that were guessed.
    public internal(set) var drafted = 0
    /// Guesses that the model chose itself.
    public internal(set) var accepted = 0
    /// Steps of the model after the prompt, those without a guess included.
    public internal(set) var steps = 0
    /// Steps that checked a guess.
    public internal(set) var verifications = 0

    /// The part of the guesses that was right; 0 without any.
    public var acceptanceRate: Double { drafted > 0 ? Double(accepted) / Double(drafted) : 0 }

    /// Tokens that a step gave on average; 1 without drafting.
    public var tokensPerStep: Double { steps > 0 ? Double(steps + accepted) / Double(steps) : 1 }
}
