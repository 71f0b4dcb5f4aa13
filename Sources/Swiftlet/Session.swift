internal import Graph
internal import Interpreter
internal import Tensors

/// One conversation with a model: tokens go in, logits come out. One thread at a time.
///
/// Its memory is the key/value cache, which grows as tokens come, and the activations of one step.
///
/// The number of threads does not change a logit by a bit, nor does it matter in what steps a prompt is taken in while each
/// has a dozen tokens or more. Fewer are computed by other kernels, which add up in another order: with float32 weights that
/// is less than 1e-5 of the largest logit, with quantized ones (whose activations are rounded to int8, now and then the
/// other way) no more than that rounding costs anyway.
public struct Session: ~Copyable {
    /// The model it runs.
    public let model: Model
    /// Tokens that it can hold.
    public let contextLength: Int
    /// The tokens that it holds.
    public private(set) var tokens: [Token] = []
    /// How many of ``tokens``, from the first on, the engine holds the state of.
    package private(set) var computedCount = 0
    /// The engine that runs it.
    let engine: Engine
    private let owned: OwnedSequence
    private let cancellationOfSteps = SessionCancellation()
    /// `[rows, vocabularySize]`: those that the last step left.
    private var logits: [Float] = []
    /// The row of ``logits`` that belongs to the last token; nil when there is none.
    private var logitsRow: Int?
    /// The draft model's session, kept from one text to the next.
    var draftSession: DraftSession?

    /// A session with an engine of its own.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public init(_ model: Model, _ options: SessionOptions = SessionOptions()) throws(SwiftletError) {
        var settings = EngineOptions()
        settings.runtime = options.runtime
        settings.contextLength = options.contextLength
        settings.maxSequences = 1
        settings.stepTokens = options.stepTokens
        try self.init(sharing: Engine(model, settings))
    }

    /// A session with a sequence of an engine that others use, too: their steps wait for one another.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` when the engine has no room for a sequence.
    package init(sharing engine: Engine) throws(SwiftletError) {
        owned = try OwnedSequence(engine)
        self.engine = engine
        model = engine.model
        contextLength = engine.contextLength
    }

    /// The engine's.
    var sequence: EngineSequence { owned.sequence }

    /// Options of a session that runs as this one does.
    var options: SessionOptions {
        var options = SessionOptions()
        options.runtime = engine.options.runtime
        options.contextLength = contextLength
        options.stepTokens = engine.options.stepTokens
        options.adapters = adapters
        return options
    }

    /// The adapters that it runs with, each once, those with the scale 0 left out.
    public var adapters: [ScaledAdapter] { zip(set.adapters, set.scales).map { ScaledAdapter($0, scale: $1) } }

    var set: AdapterSet { (try? engine.adapters(of: sequence)) ?? .none }

    /// Goes on with other adapters, or other scales of the same; none: with the model alone.
    ///
    /// The model's weights stay where they are. The tokens that the session holds stay, too, but not their states, which
    /// came from the adapters before: the next ``append(_:eachLogits:)`` computes them again, so that the session gives
    /// what one gives that had these adapters from the start. Logits are gone until then.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for an adapter of another model or a scale that is no
    ///   number, `outOfMemory`. Nothing has then changed.
    public mutating func setAdapters(_ adapters: [ScaledAdapter]) throws(SwiftletError) {
        guard try engine.setAdapters(AdapterSet(adapters, of: model), of: sequence) else { return }
        computedCount = 0
        logitsRow = nil
    }

    /// Tokens that it holds.
    public var position: Int { tokens.count }

    /// Max tokens of one step.
    var stepTokens: Int { engine.stepTokens }

    /// Threads that take part in a step.
    public var threadCount: Int { engine.threadCount }

    /// The element type of its key/value cache.
    public var cacheType: SessionOptions.CacheType { engine.cacheType }

    /// Bytes that its key/value cache takes once all of ``contextLength`` is used.
    public var cacheByteCount: Int { engine.sequenceByteCount }

    /// Bytes that it takes now. It grows by pages of 64 tokens.
    public var usedCacheByteCount: Int {
        (try? engine.withInterpreter(sequence) { $0.store.usedByteCount(of: $1) }) ?? 0
    }

    /// The instruction set in use.
    public var instructionSet: String { engine.instructionSet }

    /// Stops the running step from any thread.
    public var cancellation: SessionCancellation { cancellationOfSteps }

    /// Forgets the tokens from `position` on: the next ones follow there. Logits are gone until then.
    ///
    /// Where the model's state cannot go back so far, as it keeps a window of positions or a recurrent state, the next
    /// ``append(_:eachLogits:)`` computes tokens before `position` again: of a recurrent state, those since the last prompt
    /// began or ended.
    public mutating func rewind(to position: Int) {
        tokens.removeSubrange(min(max(0, position), tokens.count)...)
        logitsRow = nil
        // A failure here is retried before the next step.
        try? dropStates()
    }

    /// Forgets the states of tokens that the session no longer holds.
    private mutating func dropStates() throws(SwiftletError) {
        guard computedCount > tokens.count else { return }
        let length = tokens.count
        computedCount = try engine.withInterpreter(sequence) { interpreter, index in
            interpreter.rewind(sequence: index, to: length)
            return interpreter.store.length(of: index)
        }
    }

    /// Makes states and tokens agree: forgets what was rewound, computes what ``rewind(to:)`` left without a state.
    private mutating func replay() throws(SwiftletError) {
        try dropStates()
        while computedCount < tokens.count {
            let end = min(computedCount + stepTokens, tokens.count)
            try step(tokens[computedCount..<end], .none, reach: tokens.count)
            computedCount = end
        }
    }

    /// One step of the session's sequence; keeps its logits.
    ///
    /// - Parameters:
    ///   - wholeCount: tokens of the prompt that these are a part of; nil: they are all.
    ///   - each: gets the logits of every token by its index in `tokens`; the last ones alone are kept then.
    private mutating func step(
        _ tokens: ArraySlice<Token>, _ wanted: EngineEntry.Logits, reach: Int? = nil, isExact: Bool = false,
        wholeCount: Int? = nil, each: ((_ index: Int, _ logits: Span<Float>) -> Void)? = nil
    ) throws(SwiftletError) {
        logitsRow = nil
        var own = EngineEntry(
            sequence, tokens, logits: wanted, reach: reach, isExact: isExact, cancellation: cancellationOfSteps)
        own.wholeCount = wholeCount
        let entry: InlineArray<1, EngineEntry> = [own]
        var isCancelled = false
        try engine.step(entry.span) { _, outcome in
            switch outcome {
            case .cancelled: isCancelled = true
            case .logits(let rows):
                guard let each else { return rows.copy(to: &logits) }
                for row in 0..<rows.rows { rows.withRow(row) { each(tokens.startIndex + row, $0) } }
                rows.rows(from: rows.rows - 1, count: 1).copy(to: &logits)
            }
        }
        if isCancelled { throw SwiftletError(.cancelled, "cancelled") }
    }

    /// Makes the session hold `tokens`, at least one, and leaves the logits of the last one behind. What it holds of them
    /// already is kept.
    ///
    /// - Returns: how many were computed.
    /// - Throws: ``SwiftletError``; see ``append(_:eachLogits:)``.
    package mutating func update(to tokens: [Token]) throws(SwiftletError) -> Int {
        let common = rewind(toCommonPrefix: tokens)
        try append(Array(tokens[common...]))
        return tokens.count - common
    }

    /// Keeps what the session holds of `tokens`, from the first on and without the last, whose logits are wanted: forgets the
    /// rest.
    ///
    /// - Returns: how many it keeps.
    package mutating func rewind(toCommonPrefix tokens: [Token]) -> Int {
        let common = max(0, min(zip(self.tokens, tokens).prefix { $0 == $1 }.count, tokens.count - 1))
        rewind(to: common)
        return common
    }

    /// Takes in `tokens` after those that it holds, and leaves the logits of the last one behind. Logits are bit-identical
    /// for any ``SessionOptions/stepTokens``.
    ///
    /// - Parameter eachLogits: gets the logits, `[vocabularySize]`, of every token by its index in `tokens`.
    /// - Throws: ``SwiftletError``. The tokens of the steps that were done before stay; see ``position``.
    public mutating func append(
        _ tokens: [Token], eachLogits: ((_ index: Int, _ logits: Span<Float>) -> Void)? = nil
    ) throws(SwiftletError) {
        guard tokens.count <= contextLength - position else {
            throw SwiftletError(
                .contextFull,
                "the context is full: it holds \(contextLength) tokens, \(position) are used and \(tokens.count) more "
                    + "were given")
        }
        guard !tokens.isEmpty else { return }
        try replay()
        let isPrompt = tokens.count > 1 && model.program.states.contains { $0?.isReplaced == true }
        if isPrompt, position > 0 { try keepState(others: 0) }
        let reach = position + tokens.count
        var first = 0
        while first < tokens.count {
            let end = min(first + stepTokens, tokens.count)
            let wanted: EngineEntry.Logits = eachLogits != nil ? .all : end == tokens.count ? .last : .none
            try step(tokens[first..<end], wanted, reach: reach, wholeCount: tokens.count, each: eachLogits)
            self.tokens += tokens[first..<end]
            computedCount = self.tokens.count
            first = end
        }
        if isPrompt { try keepState(others: 1) }
        logitsRow = 0
    }

    /// Of a state that each step replaces, keeps what it is now, so that ``rewind(to:)`` need not compute all again: where the
    /// last prompt began and where it ended.
    ///
    /// - Parameter others: states kept before that stay.
    private func keepState(others: Int) throws(SwiftletError) {
        try engine.withInterpreter(sequence) { interpreter, index in
            interpreter.snapshot(sequence: index)
            interpreter.dropSnapshots(sequence: index, butLast: others + 1)
        }
    }

    /// Replaces what the session holds by tokens whose state `fill` gives, part by part; false where it cannot. The session
    /// then holds nothing.
    mutating func replaceState(
        _ tokens: [Token], _ fill: (inout SequenceStore, _ sequence: Int, StatePart) -> Bool
    ) throws(SwiftletError) -> Bool {
        rewind(to: 0)
        let isWhole = try engine.withInterpreter(sequence) { interpreter, index throws(SwiftletError) -> Bool in
            do throws(InterpreterError) {
                return try interpreter.restore(sequence: index, length: tokens.count) { fill(&$0, index, $1) }
            } catch {
                throw SwiftletError(error)
            }
        }
        guard isWhole else { return false }
        self.tokens = tokens
        computedCount = tokens.count
        return true
    }

    /// The logits after the last token, `[vocabularySize]`; nil before the first and after ``rewind(to:)``.
    public func withLogits<Result, Failure: Error>(
        _ body: (Span<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let logitsRow else { return nil }
        let size = model.vocabularySize
        return try body(logits.span.extracting(logitsRow * size..<(logitsRow + 1) * size))
    }

    // MARK: Drafts

    /// Takes in `tokens`, one step's worth, and computes the logits of each, bit-identical to single steps. Holds
    /// the first of them alone until ``confirm(_:)`` takes in the others.
    package mutating func verify(_ tokens: [Token]) throws(SwiftletError) {
        try replay()
        let start = position
        try step(tokens[...], .all, isExact: true)
        let isHidden = try engine.withInterpreter(sequence) { interpreter, index in
            interpreter.hide(sequence: index, from: start + 1)
        }
        guard isHidden else {
            computedCount = start + tokens.count
            rewind(to: start)
            throw SwiftletError(
                .invalidArgument, "\(model.path): the model's state cannot go back, as guesses of tokens need it to")
        }
        self.tokens.append(tokens[0])
        computedCount = start + 1
        logitsRow = 0
    }

    /// Takes in the next of the tokens that ``verify(_:)`` was given.
    package mutating func confirm(_ token: Token) throws(SwiftletError) {
        try engine.withInterpreter(sequence) { interpreter, index in interpreter.show(sequence: index, 1) }
        tokens.append(token)
        computedCount += 1
        logitsRow? += 1
    }
}

/// Stops a session's step from another thread.
public struct SessionCancellation: Sendable {
    let cancellation: Cancellation

    init(_ cancellation: Cancellation) { self.cancellation = cancellation }

    /// For an entry of an engine's step.
    package init() { self.init(Cancellation()) }

    /// The running step, or else the next one, ends at its next layer with the code `cancelled`. The session is then as
    /// it was before that step, and can go on.
    public func cancel() { cancellation.cancel() }

    /// Forgets a request that no step has met.
    package func reset() { cancellation.reset() }
}
