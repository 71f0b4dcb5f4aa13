import ArgumentParser
import Models
import Swiftlet

/// How a model turns texts into others.
struct TargetFlags: ParsableArguments {
    @OptionGroup(title: "Model") var adapterFlags: AdapterFlags
    @OptionGroup(title: "Model") var sessionFlags: SessionFlags
    @OptionGroup(title: "Beam search") var beamFlags: BeamFlags
    @OptionGroup(title: "Sampling") var sampling: SamplingFlags

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Max tokens of a target. (default: the model's, else its context)", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Prefix of each target.", valueName: "text"))
    var targetPrefix: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Max tokens of a piece of a long text. (default: the model's context)", valueName: "n"))
    var pieceTokens: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Texts computed together, 1 to 1024. (default: 128 / beams)", valueName: "n"))
    var batch: Int?

    func validate() throws {
        if let maxTokens, maxTokens < 1 {
            throw ValidationError("\(maxTokens) tokens are not possible: use -n with 1 or more")
        }
        if let pieceTokens, pieceTokens < 1 {
            throw ValidationError("pieces of \(pieceTokens) tokens are not possible: use --piece-tokens with 1 or more")
        }
        if let batch, !(1...1024).contains(batch) {
            throw ValidationError("\(batch) texts side by side are not possible: use --batch with 1 to 1024")
        }
    }

    /// Enough that a step's products read weights once for many rows; more are no faster.
    private static let hypothesesAtOnce = 128

    /// How targets are found.
    func options(for model: Model) throws(SwiftletError) -> BeamOptions {
        guard model.kind == .textToText else { return BeamOptions() }  // which is told when it is opened
        return try beamFlags.options(for: model, sampling, maxTokens: maxTokens, prefix: targetPrefix)
    }

    /// The model, ready for a task.
    func open(_ model: Model, _ task: TextTask, beams: Int) throws -> TextToText {
        var runtime = TextToTextOptions()
        runtime.threads = sessionFlags.threads ?? 0
        runtime.cacheType = sessionFlags.cacheType
        runtime.adapters = try adapterFlags.open(for: model)
        runtime.hypotheses = beams
        runtime.sources = batch ?? max(1, Self.hypothesesAtOnce / beams)
        return try TextToText(model, task, runtime)
    }
}
