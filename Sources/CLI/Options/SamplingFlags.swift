import ArgumentParser
import Swiftlet

/// How the next token is chosen. What is not given is as the model's file recommends, else the library's default.
struct SamplingFlags: ParsableArguments {
    private static let defaults = SamplingOptions()

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Divides the logits; 0 always takes the most probable token. (default: the model's, else "
                + "\(defaults.temperature))", valueName: "t"))
    var temperature: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same seed gives the same text. (default: a new one every time)", valueName: "n"))
    var seed: UInt64?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only the k most probable tokens; 0: all. (default: the model's, else \(defaults.topK))", valueName: "k"))
    var topK: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only the tokens nearest to the expected surprise that together have probability p; 1: all. (default: 1)",
            valueName: "p"))
    var typicalP: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only the most probable tokens that together have probability p; 1: all. (default: the model's, else "
                + "\(defaults.topP))", valueName: "p"))
    var topP: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only tokens with p times the probability of the best, or more; 0: all. (default: the model's, else "
                + "\(defaults.minP))", valueName: "p"))
    var minP: Float?

    @Option(
        name: .customLong("repeat-penalty"), parsing: .unconditional,
        help: ArgumentHelp(
            "Divides the positive logits, and multiplies the negative ones, of tokens that came before. (default: the "
                + "model's, else 1: none)", valueName: "x"))
    var repetitionPenalty: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Taken off a token's logit for each time that it came before. (default: 0)", valueName: "x"))
    var frequencyPenalty: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Taken off the logits of tokens that came before. (default: 0)", valueName: "x"))
    var presencePenalty: Float?

    @Option(
        name: .customLong("repeat-last-n"), parsing: .unconditional,
        help: ArgumentHelp(
            "How many of the last tokens the penalties look at; 0: none, -1: all. (default: the model's, else "
                + "\(defaults.penaltyWindow))", valueName: "n"))
    var penaltyWindow: Int?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Adds to the logit of the token with this id; -inf rules it out. May be given more than once.",
            valueName: "id=value"))
    var logitBias: [TokenBias] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The model cannot end its text before so many tokens. (default: 0)", valueName: "n"))
    var minTokens = 0

    @Flag(name: .customLong("no-recommended"), help: "Do not use what the model's file recommends for sampling.")
    var ignoresRecommendation = false

    func validate() throws {
        if let topK, topK > Int32.max { throw ValidationError("top-k is \(topK): use 0 (all) to \(Int32.max)") }
        if minTokens < 0 { throw ValidationError("--min-tokens is \(minTokens): use 0 or more") }
        do throws(SwiftletError) {
            _ = try Sampler(options(over: SamplingOptions()))
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// Whether a text-to-text model is asked to draw its tokens.
    var draws: Bool { (temperature ?? 0) > 0 }

    /// How a text-to-text model draws them: its penalty for repetition is one of the search's own.
    var drawing: SamplingOptions {
        var options = options(over: SamplingOptions())
        options.repetitionPenalty = 1
        return options
    }

    /// What was given, over what the model's file recommends.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` for a recommendation that cannot be followed.
    func options(for model: Model) throws(SwiftletError) -> SamplingOptions {
        options(over: ignoresRecommendation ? SamplingOptions() : try model.recommendedSampling())
    }

    private func options(over defaults: SamplingOptions) -> SamplingOptions {
        var options = defaults
        options.seed = seed
        if let temperature { options.temperature = temperature }
        if let topK { options.topK = topK }
        if let typicalP { options.typicalP = typicalP }
        if let topP { options.topP = topP }
        if let minP { options.minP = minP }
        if let repetitionPenalty { options.repetitionPenalty = repetitionPenalty }
        if let frequencyPenalty { options.frequencyPenalty = frequencyPenalty }
        if let presencePenalty { options.presencePenalty = presencePenalty }
        if let penaltyWindow { options.penaltyWindow = penaltyWindow }
        for bias in logitBias { options.logitBias[bias.token] = bias.value }
        return options
    }
}
