internal import Interpreter
internal import Models
internal import Tensors

/// A decoder's search for the most probable continuations of a prompt, with several beams side by side. One thread at a time;
/// any number of sessions share a ``Model``.
///
/// ```swift
/// var session = try BeamSession(model, beams: 4)
/// var options = BeamOptions()
/// options.beams = 4
/// options.maxTokens = 40
/// let best = try session.generate(from: model.tokenize("Once upon a time"), options)[0]
/// ```
public struct BeamSession: ~Copyable {
    /// The model it runs.
    public let model: Model
    /// Max tokens of a prompt and its continuation.
    public let contextLength: Int
    private var core: DecoderHypotheses

    /// - Parameter beams: max number of beams, 1 to 64.
    /// - Throws: ``SwiftletError`` with the code `model` for another kind of model, `invalidArgument` or `outOfMemory`.
    public init(_ model: Model, _ options: SessionOptions = SessionOptions(), beams: Int) throws(SwiftletError) {
        guard (1...64).contains(beams) else {
            throw SwiftletError(.invalidArgument, "the number of beams is \(beams): use 1 to 64")
        }
        core = try DecoderHypotheses(model, options, capacity: beams)
        self.model = model
        contextLength = core.contextLength
    }

    /// Stops ``generate(from:_:)`` from any thread.
    public var cancellation: SessionCancellation { SessionCancellation(core.interpreter.cancellation) }

    /// Finds continuations of a prompt. ``BeamOptions/prefix`` and ``BeamOptions/forcedFirst`` are for other models.
    ///
    /// - Returns: ``BeamOptions/results`` continuations, the best first: tokens behind the prompt, with the end.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for options out of range or a prompt without tokens,
    ///   `contextFull` for a prompt that leaves no room, `cancelled`, or `outOfMemory`.
    public mutating func generate(
        from prompt: [Token], _ options: BeamOptions
    ) throws(SwiftletError) -> [BeamResult] {
        try options.validate()
        guard options.beams <= core.capacity else {
            throw SwiftletError(
                .invalidArgument, "\(options.beams) beams need a session of as many, this one has \(core.capacity)")
        }
        guard let last = prompt.last else {
            throw SwiftletError(.invalidArgument, "the prompt has no tokens: give at least one")
        }
        if let wrong = prompt.first(where: { $0 < 0 || Int($0) >= model.vocabularySize }) {
            throw SwiftletError(
                .invalidArgument, "there is no token \(wrong): the vocabulary has \(model.vocabularySize)")
        }
        // The last token need not be taken in.
        let room = contextLength - prompt.count + 1
        guard room > 0 else {
            throw SwiftletError(
                .contextFull,
                "the prompt has \(prompt.count) tokens, but the context holds \(contextLength): shorten it")
        }
        var options = options
        options.prefix = []
        options.forcedFirst = nil
        let maxTokens = min(options.maxTokens ?? .max, room)
        let request = SearchRequest(
            sources: [Array(prompt.dropLast())], opening: { _ in [last] }, context: { _ in prompt }, options: options,
            maxTokens: { _ in maxTokens }, ends: model.endTokens, sourceTokens: 0)
        var found: [BeamResult] = []
        try core.search(request) { _, results in
            found = results
            return true
        }
        return found
    }
}

/// A decoder's hypotheses, each a sequence of one interpreter.
struct DecoderHypotheses: ~Copyable {
    let model: Model
    let capacity: Int
    let contextLength: Int
    var interpreter: Interpreter
    private var sequences: [Int] = []
    /// Rows of logits that the last step left.
    private var logitsRows = 0

    init(_ model: Model, _ options: SessionOptions, capacity: Int) throws(SwiftletError) {
        var engine = EngineOptions()
        engine.contextLength = options.contextLength
        let contextLength = try engine.contextLength(model)
        var settings = try options.runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: contextLength, stepTokens: options.stepTokens)
        settings.sequences = 0
        settings.maxSequences = capacity
        settings.stepTokens = max(options.stepTokens, capacity)
        let adapters = try AdapterSet(options.runtime.adapters, of: model)
        let program = try model.program(for: .nextToken, adapters)
        settings.adapterScales = adapters.scales
        let interpreter: Interpreter
        do throws(InterpreterError) { interpreter = try Interpreter(program, settings) } catch {
            throw SwiftletError(error)
        }
        self.interpreter = interpreter
        self.model = model
        self.capacity = capacity
        self.contextLength = contextLength
    }

    private mutating func step(_ tokens: [Token], _ entries: [BatchEntry]) throws(SwiftletError) {
        do throws(InterpreterError) {
            try interpreter.step(tokens.span, entries: entries.span, vocabulary: model.vocabularySize)
        } catch {
            throw SwiftletError(error)
        }
    }
}

extension DecoderHypotheses: HypothesisRunner {
    var kernels: Kernels { interpreter.kernels }

    var stepTokens: Int { interpreter.stepTokens }

    mutating func begin() { end() }

    mutating func add(_ sources: [[Token]]) throws(SwiftletError) {
        for source in sources {
            let sequence = interpreter.open()
            sequences.append(sequence)
            for first in stride(from: 0, to: source.count, by: stepTokens) {
                let tokens = Array(source[first..<min(first + stepTokens, source.count)])
                try step(
                    tokens,
                    [BatchEntry(sequence: sequence, count: tokens.count, outputs: .none, reach: source.count)])
            }
        }
    }

    mutating func decodeEach(_ tokens: [[Token]]) throws(SwiftletError) {
        let entries = zip(sequences, tokens).map {
            BatchEntry(sequence: $0, count: $1.count, outputs: .last, products: .gemv)
        }
        logitsRows = 0
        try step(tokens.flatMap(\.self), entries)
        logitsRows = tokens.count
    }

    func mapLogits<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ logits: Span<Float>) -> Result
    ) -> [Result] {
        let rows = interpreter.result
        return interpreter.pool.map(count: min(count, logitsRows), piece: 1) { row, _ in
            rows.withRow(row) { body(row, $0) }
        }
    }

    mutating func continueFrom(_ parents: [Int]) {
        for index in sequences.indices where !parents.contains(index) { interpreter.close(sequence: sequences[index]) }
        var taken: Set<Int> = []
        sequences = parents.map { parent in
            taken.insert(parent).inserted ? sequences[parent] : interpreter.fork(sequence: sequences[parent])
        }
    }

    mutating func end() {
        for sequence in sequences { interpreter.close(sequence: sequence) }
        sequences = []
        logitsRows = 0
    }
}
