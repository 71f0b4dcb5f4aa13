public import ArgumentParser
public import Swiftlet

extension BeamOptions.EarlyStopping: ExpressibleByArgument {}

/// How a model that turns a text into another finds its target.
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
            "Divide scores by length to this power. (default: \(defaults.lengthPenalty))", valueName: "x"))
    var lengthPenalty: Double?

    @Option(
        name: .customLong("no-repeat-ngram"), parsing: .unconditional,
        help: ArgumentHelp(
            "Never repeat an n-gram; 0 = off. (default: \(defaults.noRepeatNgram))", valueName: "n"))
    var noRepeatNgram: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Stopping rule of transformers. (default: \(defaults.earlyStopping.rawValue))", valueName: "when"))
    var earlyStopping: BeamOptions.EarlyStopping?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Print the n best results. (default: 1)", valueName: "n"))
    var nBest: Int?

    @Flag(
        name: .customLong("json"),
        help: "Print results as JSON: ids, text and score.")
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
