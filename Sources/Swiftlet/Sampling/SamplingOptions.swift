/// How the next token is chosen from the logits.
///
/// The steps work in llama.cpp's order: logit bias, penalties, top-k, typical-p, top-p, min-p, then the temperature. With
/// temperature 0 the bias and the penalties alone count: the greatest logit after them wins.
public struct SamplingOptions: Sendable, Equatable {
    /// Added to the logits of single tokens; `-.infinity` rules a token out.
    public var logitBias: [Token: Float] = [:]
    /// Divides the positive logits and multiplies the negative ones of tokens that came among the last ``penaltyWindow``
    /// (arXiv:1909.05858); 1 changes nothing.
    public var repetitionPenalty: Float = 1
    /// Taken off a token's logit for each time that it came among the last ``penaltyWindow``; 0 changes nothing.
    public var frequencyPenalty: Float = 0
    /// Taken off the logits of tokens that came among the last ``penaltyWindow``; 0 changes nothing.
    public var presencePenalty: Float = 0
    /// How many of the last tokens, prompt and text alike, the penalties look at; 0: none, -1: all of the context.
    public var penaltyWindow = 64
    /// Keeps the `topK` most probable tokens; 0 keeps all.
    public var topK = 40
    /// Keeps the tokens nearest to the expected surprise that together have more than this probability (arXiv:2202.00666);
    /// 1 keeps all.
    public var typicalP: Float = 1
    /// Keeps the most probable tokens that together have this probability (arXiv:1904.09751); 1 keeps all.
    public var topP: Float = 0.95
    /// Keeps tokens with at least this part of the most probable one's probability (arXiv:2407.01082); 0 keeps all.
    public var minP: Float = 0.05
    /// Divides the logits; 0 takes the most probable token always (greedy).
    public var temperature: Float = 0.8
    /// The same seed gives the same text; nil: a new one every time.
    public var seed: UInt64?

    /// The defaults.
    public init() {}

    /// Always the most probable token.
    public static var greedy: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = 0
        return options
    }

    /// Whether tokens that came before are less probable than they would be.
    var penalizes: Bool {
        penaltyWindow != 0 && (repetitionPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0)
    }

    func validate() throws(SwiftletError) {
        func check(_ valid: Bool, _ name: String, _ found: Float, _ range: String) throws(SwiftletError) {
            guard valid else { throw SwiftletError(.invalidArgument, "\(name) is \(found): use \(range)") }
        }
        try check(temperature >= 0 && temperature.isFinite, "the temperature", temperature, "0 (greedy) or more")
        guard topK >= 0 else { throw SwiftletError(.invalidArgument, "top-k is \(topK): use 0 (all) or more") }
        try check(typicalP > 0 && typicalP <= 1, "typical-p", typicalP, "a number above 0 and up to 1 (all)")
        try check(topP > 0 && topP <= 1, "top-p", topP, "a number above 0 and up to 1 (all)")
        try check(minP >= 0 && minP <= 1, "min-p", minP, "0 (all) to 1")
        try check(
            repetitionPenalty > 0 && repetitionPenalty.isFinite, "the repetition penalty", repetitionPenalty,
            "a number above 0; 1: none")
        try check(frequencyPenalty.isFinite, "the frequency penalty", frequencyPenalty, "a number; 0: none")
        try check(presencePenalty.isFinite, "the presence penalty", presencePenalty, "a number; 0: none")
        guard penaltyWindow >= -1 else {
            throw SwiftletError(
                .invalidArgument, "the penalties' window is \(penaltyWindow): use 0 (none) or more, or -1 (all)")
        }
        for (token, bias) in logitBias {
            guard token >= 0, bias < .infinity else {
                throw SwiftletError(
                    .invalidArgument,
                    "the bias of token \(token) is \(bias): use the id of a token and a number or -infinity")
            }
        }
    }

    /// The same with these tokens ruled out.
    package func suppressing(_ tokens: [Token]) -> SamplingOptions {
        var options = self
        for token in tokens { options.logitBias[token] = -.infinity }
        return options
    }

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` where a bias is of no token of the vocabulary.
    package func validate(vocabularySize: Int) throws(SwiftletError) {
        for token in logitBias.keys where Int(token) >= vocabularySize {
            throw SwiftletError(
                .invalidArgument,
                "a bias is given for token \(token), but the vocabulary has the tokens 0 to \(vocabularySize - 1)")
        }
    }
}
