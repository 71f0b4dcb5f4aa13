public import ArgumentParser
public import Swiftlet

extension BeamOptions.EarlyStopping: ExpressibleByArgument {}

/// How targets are searched with several hypotheses.
struct BeamFlags: ParsableArguments {
    private static let defaults = BeamOptions()

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Beam width; 1 = greedy. (default: the model's, else \(defaults.beams))",
            valueName: "n"))
    var beam: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Divide scores by length to this power. (default: the model's, else \(defaults.lengthPenalty))",
            valueName: "x"))
    var lengthPenalty: Double?

    @Option(
        name: .customLong("no-repeat-ngram"), parsing: .unconditional,
        help: ArgumentHelp(
            "Never repeat an n-gram; 0 = off. (default: the model's, else \(defaults.noRepeatNgram))", valueName: "n"))
    var noRepeatNgram: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Stopping rule of transformers. (default: the model's, else \(defaults.earlyStopping.rawValue))",
            valueName: "when"))
    var earlyStopping: BeamOptions.EarlyStopping?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Print the n best results. (default: 1)", valueName: "n"))
    var nBest: Int?

    /// The name of one that was given.
    var given: String? {
        if beam != nil { return "--beam" }
        if lengthPenalty != nil { return "--length-penalty" }
        if noRepeatNgram != nil { return "--no-repeat-ngram" }
        if earlyStopping != nil { return "--early-stopping" }
        return nBest != nil ? "--n-best" : nil
    }

    /// - Parameter recommended: what is not given.
    func options(_ recommended: BeamOptions) -> BeamOptions {
        var options = recommended
        options.beams = beam ?? options.beams
        options.lengthPenalty = lengthPenalty ?? options.lengthPenalty
        options.noRepeatNgram = noRepeatNgram ?? options.noRepeatNgram
        options.earlyStopping = earlyStopping ?? options.earlyStopping
        options.results = nBest ?? options.results
        return options
    }
}

extension BeamFlags {
    /// What was given, over what the file of a text-to-text model recommends.
    ///
    /// - Parameters:
    ///   - prefix: what targets begin with.
    /// - Throws: ``SwiftletError`` with the code `model` for a recommendation that cannot be followed.
    func options(
        for model: Model, _ sampling: SamplingFlags, maxTokens: Int?, prefix: String?
    ) throws(SwiftletError) -> BeamOptions {
        var options = options(sampling.ignoresRecommendation ? BeamOptions() : try model.recommendedBeams())
        options.maxTokens = maxTokens ?? options.maxTokens
        if sampling.minTokens > 0 { options.minTokens = sampling.minTokens }
        options.repetitionPenalty = sampling.repetitionPenalty ?? options.repetitionPenalty
        options.prefix = prefix.map { model.tokenize($0, addSpecial: false) } ?? []
        guard sampling.draws else { return options }
        options.sampling = sampling.drawing
        // The model's beams are for searches.
        if beam == nil { options.beams = 1 }
        return options
    }
}
