public import ArgumentParser
public import Swiftlet

extension BeamOptions.EarlyStopping: ExpressibleByArgument {}

/// How a model that turns a text into another finds its target.
struct BeamFlags: ParsableArguments {
    private static let defaults = BeamOptions()

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Text-to-text models: hypotheses that are kept side by side; 1: greedy. (default: the model's, else \(defaults.beams))",
            valueName: "n"))
    var beam: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Text-to-text models: the power of the length that scores are divided by. (default: "
                + "\(defaults.lengthPenalty))", valueName: "x"))
    var lengthPenalty: Double?

    @Option(
        name: .customLong("no-repeat-ngram"), parsing: .unconditional,
        help: ArgumentHelp(
            "Text-to-text models: no run of n tokens comes twice; 0: any may. (default: \(defaults.noRepeatNgram))",
            valueName: "n"))
    var noRepeatNgram: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Text-to-text models: end a search once there are as many finished hypotheses as beams (true), none can score "
                + "better at its present length (false), or none at any length (never). (default: "
                + "\(defaults.earlyStopping.rawValue))", valueName: "true|false|never"))
    var earlyStopping: BeamOptions.EarlyStopping?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Text-to-text models: how many of the best targets to print. (default: 1)", valueName: "n"))
    var nBest: Int?

    @Flag(
        name: .customLong("json"),
        help:
            "Text-to-text models: print {\"ids\": [...], \"text\": ..., \"score\": ...}, with --n-best a list of them.")
    var printsJSON = false

    /// The name of one that was given.
    var given: String? {
        if beam != nil { return "--beam" }
        if lengthPenalty != nil { return "--length-penalty" }
        if noRepeatNgram != nil { return "--no-repeat-ngram" }
        if earlyStopping != nil { return "--early-stopping" }
        if nBest != nil { return "--n-best" }
        return printsJSON ? "--json" : nil
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
