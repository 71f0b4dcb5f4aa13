import ArgumentParser
import Swiftlet

/// How the next token is chosen. What is not given is as the model's file recommends, else the library's default.
struct SamplingFlags: ParsableArguments {
    private static let defaults = SamplingOptions()

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Sampling temperature; 0 = greedy. (default: \(defaults.temperature))", valueName: "t"))
    var temperature: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Random seed. (default: a new one each run)", valueName: "n"))
    var seed: UInt64?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Keep the k most probable; 0 = off. (default: \(defaults.topK))", valueName: "k"))
    var topK: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Locally typical sampling; 1 = off. (default: 1)", valueName: "p"))
    var typicalP: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Nucleus sampling; 1 = off. (default: \(defaults.topP))", valueName: "p"))
    var topP: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Min-p sampling; 0 = off. (default: \(defaults.minP))", valueName: "p"))
    var minP: Float?

    @Option(
        name: .customLong("repeat-penalty"), parsing: .unconditional,
        help: ArgumentHelp("Repetition penalty; 1 = off. (default: 1)", valueName: "x"))
    var repetitionPenalty: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Penalty per earlier occurrence; 0 = off. (default: 0)", valueName: "x"))
    var frequencyPenalty: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Penalty for any earlier occurrence. (default: 0)", valueName: "x"))
    var presencePenalty: Float?

    @Option(
        name: .customLong("repeat-last-n"), parsing: .unconditional,
        help: ArgumentHelp(
            "Last n tokens are penalized; -1 = all. (default: \(defaults.penaltyWindow))", valueName: "n"))
    var penaltyWindow: Int?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Add to a token's logit; -inf bans it. Repeatable.", valueName: "id=value"))
    var logitBias: [TokenBias] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Min tokens before the text may end.", valueName: "n"))
    var minTokens = 0

    @Flag(name: .customLong("no-recommended"), help: "Ignore the model file's sampling settings.")
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

    /// The given options over the recommendation of the model file.
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
