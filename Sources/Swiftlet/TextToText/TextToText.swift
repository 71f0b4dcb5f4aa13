internal import Interpreter
internal import Models
internal import Tensors

/// Turns many texts into others, by an encoder-decoder such as T5 or Marian: sources are encoded end to end without padding,
/// and their targets are searched side by side. What becomes of a source does not depend on its company. One thread at a
/// time; any number share a ``Model``.
///
/// ```swift
/// var translator = try TextToText(Model(path: "opus-mt-en-de.gguf"), .translation(from: "en", to: "de"))
/// let texts = try translator.convert(["Good morning.", "How are you?"])
/// ```
public struct TextToText: ~Copyable {
    /// The model it runs.
    public let model: Model
    /// What is done with texts.
    public let task: TextTask
    /// Max tokens of a source, with those that are added to a text.
    public let maxSourceTokens: Int
    let startToken: Token
    /// What the task puts around texts.
    let frame: TextFrame
    private let hypotheses: Int
    private let sourceTokens: Int
    var core: EncoderDecoder

    /// - Throws: ``SwiftletError`` with the code `model` for another kind of model, `invalidArgument` for options out of range
    ///   or a language that the model does not know, or `outOfMemory`.
    public init(
        _ model: Model, _ task: TextTask = .plain, _ options: TextToTextOptions = TextToTextOptions()
    ) throws(SwiftletError) {
        let maxSourceTokens = try model.sourceLength()
        let startToken = try model.decoderStartToken()
        let frame = try TextFrame(task, model)
        guard (1...64).contains(options.hypotheses) else {
            throw SwiftletError(.invalidArgument, "\(options.hypotheses) hypotheses are not possible: use 1 to 64")
        }
        guard (1...1024).contains(options.sources), options.sources * options.hypotheses <= 4096 else {
            throw SwiftletError(
                .invalidArgument,
                "\(options.sources) sources of \(options.hypotheses) hypotheses side by side are not possible: use 1 to "
                    + "1024 sources, and 4096 hypotheses in all")
        }
        guard (1...65_536).contains(options.sourceTokens) else {
            throw SwiftletError(
                .invalidArgument, "steps of \(options.sourceTokens) tokens are not possible: use 1 to 65536")
        }
        var limits = EncoderDecoder.Limits(positions: maxSourceTokens)
        limits.hypotheses = options.sources * options.hypotheses
        limits.sources = options.sources
        limits.sourceTokens = options.sourceTokens
        limits.products = options.sources > 1 ? .gemm : .gemv
        core = try EncoderDecoder(model, options.runtime, limits)
        self.model = model
        self.task = task
        self.maxSourceTokens = maxSourceTokens
        self.startToken = frame.startToken ?? startToken
        self.frame = frame
        hypotheses = options.hypotheses
        sourceTokens = options.sourceTokens
    }

    /// Stops a call from any thread.
    public var cancellation: SessionCancellation { SessionCancellation(core.encoder.cancellation) }

    /// Threads that take part.
    public var threadCount: Int { core.decoder.threadCount }

    /// The instruction set in use.
    public var instructionSet: String { core.decoder.kernels.name }

    /// How the task wants targets to be found: ``Model/recommendedBeams()`` with the target's language.
    ///
    /// - Throws: ``SwiftletError`` with the code `model`, as ``Model/recommendedBeams()``.
    public func recommendedBeams() throws(SwiftletError) -> BeamOptions {
        frame.apply(to: try model.recommendedBeams())
    }

    /// Finds the targets of some sources.
    ///
    /// - Parameters:
    ///   - sources: as the model takes them, with the tokens around a text. None may be empty.
    ///   - onResult: gets each source's number and targets as soon as they are found. Returns whether to go on.
    /// - Returns: ``BeamOptions/results`` targets of each source, the best first; none of sources that were not reached.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for options out of range or a source without tokens,
    ///   `contextFull` for a source that is too long, `cancelled`, or `outOfMemory`.
    public mutating func generate(
        from sources: [[Token]], _ options: BeamOptions = BeamOptions(),
        onResult: (_ source: Int, [BeamResult]) -> Bool = { _, _ in true }
    ) throws(SwiftletError) -> [[BeamResult]] {
        try options.validate()
        guard options.beams <= hypotheses else {
            throw SwiftletError(
                .invalidArgument,
                "\(options.beams) beams need as many hypotheses (TextToTextOptions.hypotheses), there are \(hypotheses)"
            )
        }
        for (index, source) in sources.enumerated() { try check(source, index) }
        var found = [[BeamResult]](repeating: [], count: sources.count)
        let request = try SearchRequest(
            sources, model, start: startToken, options, sourceTokens: sourceTokens)
        try core.search(request) { source, results in
            found[source] = results
            return onResult(source, results)
        }
        return found
    }

    private func check(_ source: [Token], _ index: Int) throws(SwiftletError) {
        guard !source.isEmpty else {
            throw SwiftletError(.invalidArgument, "source \(index + 1) has no tokens: give at least one")
        }
        guard source.count <= maxSourceTokens else {
            throw SwiftletError(
                .contextFull,
                "source \(index + 1) has \(source.count) tokens, at most \(maxSourceTokens) are possible: shorten it")
        }
        if let wrong = source.first(where: { $0 < 0 || Int($0) >= model.vocabularySize }) {
            throw SwiftletError(
                .invalidArgument,
                "source \(index + 1) has the token \(wrong), but the vocabulary ends at \(model.vocabularySize - 1)")
        }
    }
}
