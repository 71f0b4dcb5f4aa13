/// The guesses for one text: made, checked against what the model chooses, counted.
struct Speculation {
    private(set) var statistics = DraftStatistics()
    private let drafting: Drafting
    private var index: LookupIndex?
    private var draft: (session: DraftSession, sampler: Sampler)?
    private var length: DraftLength
    /// Guesses of the last step, and how many of them turned out right.
    private var guesses: [DraftToken] = []
    private var accepted = 0

    /// - Parameter sampler: the text's own.
    init(_ drafting: Drafting, _ session: DraftSession?, _ sampler: Sampler) throws(SwiftletError) {
        try drafting.validate()
        self.drafting = drafting
        length = DraftLength(most: drafting.maxTokens)
        if case .lookup(let matching) = drafting.source { index = LookupIndex(matching: matching) }
        guard let session else { return }
        // Guesses are drawn as the text is, with other random numbers.
        var sampler = sampler
        sampler.random = RandomSource(seed: (sampler.options.seed ?? 0) ^ 0xD1B5_4A32_D192_ED03)
        draft = (session, sampler)
    }

    /// The guess that the model's next choice decides on.
    var pending: DraftToken? { accepted < guesses.count ? guesses[accepted] : nil }

    /// Whether the pending guess was right: its logits are there then.
    mutating func decide(_ token: Token) -> Bool {
        guard let pending, pending.token == token else { return false }
        accepted += 1
        statistics.accepted += 1
        return true
    }

    /// Guesses what follows `text`, and counts the step that checks them.
    ///
    /// - Parameter most: as many as can be of use.
    mutating func guess(after text: [Token], most: Int) throws(SwiftletError) -> [Token] {
        if !guesses.isEmpty { length.note(drafted: guesses.count, accepted: accepted) }
        accepted = 0
        guesses = try draft(after: text, min(most, length.next()))
        statistics.steps += 1
        statistics.drafted += guesses.count
        if !guesses.isEmpty { statistics.verifications += 1 }
        return guesses.map(\.token)
    }

    private mutating func draft(after text: [Token], _ count: Int) throws(SwiftletError) -> [DraftToken] {
        guard count > 0 else { return [] }
        index?.update(text)
        if let index { return index.guess(count).map { DraftToken(token: $0) } }
        guard let session = draft?.session, var sampler = draft?.sampler else { return [] }
        defer { draft?.sampler = sampler }
        return try session.draft(after: text, count, &sampler)
    }
}
