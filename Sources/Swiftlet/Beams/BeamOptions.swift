/// How a target is found: by beams, or drawn. Names and effects are those of transformers' generation parameters.
public struct BeamOptions: Sendable, Equatable {
    /// When a search ends.
    public enum EarlyStopping: String, Sendable, CaseIterable {
        /// Once there are as many finished hypotheses as beams.
        case `true`
        /// Once no beam at its present length scores better than the worst of the finished ones.
        case `false`
        /// Once no beam can come to score better, by the lengths that are still possible.
        case never
    }

    /// Hypotheses that are kept at each step (`num_beams`); 1: greedy.
    public var beams = 1
    /// A hypothesis's score is the sum of its tokens' log-probabilities, divided by their number to this power
    /// (`length_penalty`).
    public var lengthPenalty = 1.0
    /// When a search with several beams ends (`early_stopping`).
    public var earlyStopping = EarlyStopping.false
    /// No run of this many tokens comes twice (`no_repeat_ngram_size`); 0: any may.
    public var noRepeatNgram = 0
    /// Divides positive scores and multiplies negative ones of tokens that came before (`repetition_penalty`,
    /// arXiv:1909.05858); 1 changes nothing. Scores are logits with one beam, log-probabilities with more.
    public var repetitionPenalty: Float = 1
    /// Tokens before which the target does not end (`min_new_tokens`).
    public var minTokens = 0
    /// Max number of tokens, the end counted (`max_new_tokens`); nil: as many as the model was made for.
    public var maxTokens: Int?
    /// The first token after the start (`forced_bos_token_id`); without effect where there is a ``prefix``.
    public var forcedFirst: Token?
    /// What the last of ``maxTokens`` is (`forced_eos_token_id`).
    public var forcedLast: Token?
    /// Never generated (`suppress_tokens`).
    public var suppressed: [Token] = []
    /// What a target begins with, behind the start token: generation goes on from there (`decoder_input_ids`). ``minTokens``,
    /// ``maxTokens`` and scores are of the tokens behind it.
    public var prefix: [Token] = []
    /// Draws each token instead (`do_sample`); not with several beams. Its seed is that of a source's first result, the
    /// following ones have the seeds behind it.
    public var sampling: SamplingOptions?
    /// How many targets are returned, the best first (`num_return_sequences`): 1 to ``beams``, or drawn ones, 1 to 64.
    public var results = 1

    /// The defaults.
    public init() {}

    func validate() throws(SwiftletError) {
        func check(
            _ isValid: Bool, _ name: String, _ found: some CustomStringConvertible, _ range: String
        )
            throws(SwiftletError)
        {
            guard isValid else { throw SwiftletError(.invalidArgument, "\(name) is \(found): use \(range)") }
        }
        try check((1...64).contains(beams), "the number of beams", beams, "1 to 64")
        try check(lengthPenalty.isFinite, "the length penalty", lengthPenalty, "a number")
        try check(noRepeatNgram >= 0, "the length of runs that do not repeat", noRepeatNgram, "0 (any may) or more")
        try check(
            repetitionPenalty > 0 && repetitionPenalty.isFinite, "the repetition penalty", repetitionPenalty,
            "a number above 0; 1: none")
        try check(minTokens >= 0, "the least number of tokens", minTokens, "0 or more")
        try check((maxTokens ?? 1) >= 1, "the number of tokens", maxTokens ?? 0, "1 or more")
        guard let sampling else {
            return try check(
                (1...beams).contains(results), "the number of results", results, "1 to the number of beams, \(beams)")
        }
        try check(beams == 1, "the number of beams", beams, "1 where tokens are drawn")
        try check((1...64).contains(results), "the number of results", results, "1 to 64")
        try sampling.validate()
    }
}

/// A target that was found.
public struct BeamResult: Sendable, Hashable {
    /// Without the start token, with ``BeamOptions/prefix``; with the end, unless it was cut at the max number of tokens.
    public let tokens: [Token]
    /// The sum of the tokens' log-probabilities, divided by their number to the length penalty's power.
    public let score: Double
}
