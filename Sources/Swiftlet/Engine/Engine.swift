internal import Interpreter
internal import Models
internal import Tensors

/// Runs many sequences of one model: owns the program, the threads and what the sequences hold.
///
/// A step takes in tokens of several sequences, prompts and single tokens in any mix: weights are read once for all. What
/// an entry gives does not depend on the other entries. Any thread may call; calls take their turns. A ``Session`` is a
/// client with one sequence, of an engine of its own or of one that others use, too.
package final class Engine: @unchecked Sendable {  // `turn` lets one thread at a time use `state`
    package let model: Model
    package let options: EngineOptions
    /// Max tokens of each sequence.
    package let contextLength: Int
    /// Max tokens of one step.
    package let stepTokens: Int
    package let threadCount: Int
    package let instructionSet: String
    package let cacheType: RuntimeOptions.CacheType
    /// Bytes that a sequence of ``contextLength`` tokens takes.
    package let sequenceByteCount: Int
    /// Entries of at least this many tokens are computed by the same kernels, however many they have; see
    /// ``EngineEntry/wholeCount``.
    package let uniformTokens: Int
    /// Whether tokens that two prompts begin with alike may have different states, as the prompts' lengths do.
    package let dependsOnReach: Bool
    /// The adapters of sequences that are opened without any.
    let adapters: AdapterSet
    /// Of the interpreters of all programs.
    private let settings: Interpreter.Options
    private let turn: Turn
    private var state: EngineState

    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `model` or `outOfMemory`.
    package init(_ model: Model, _ options: EngineOptions = EngineOptions()) throws(SwiftletError) {
        let contextLength = try options.contextLength(model)
        var settings = try options.runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: contextLength, stepTokens: options.stepTokens)
        settings.sequences = 0
        settings.maxSequences = options.maxSequences
        let adapters = try AdapterSet(options.runtime.adapters, of: model)
        let turn: Turn
        do throws(InterpreterError) { turn = try Turn() } catch { throw SwiftletError(error) }
        let interpreter = try Interpreter(model, adapters, settings)
        self.model = model
        self.options = options
        self.contextLength = contextLength
        stepTokens = interpreter.stepTokens
        threadCount = interpreter.threadCount
        instructionSet = interpreter.kernels.name
        cacheType = RuntimeOptions.CacheType(interpreter.store.format)
        sequenceByteCount = interpreter.store.byteCount(positions: contextLength)
        uniformTokens = interpreter.uniformTokens
        dependsOnReach = interpreter.dependsOnReach
        self.adapters = adapters
        self.settings = settings
        self.turn = turn
        var state = EngineState(interpreter: interpreter, adapters: adapters)
        state.tokens.reserveCapacity(stepTokens)
        state.entries.reserveCapacity(options.maxSequences)
        self.state = state
    }

    // MARK: Sequences

    /// A new sequence without tokens.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` when as many are open as the options allow.
    package func open() throws(SwiftletError) -> EngineSequence {
        try use { state throws(SwiftletError) in
            try checkRoom(state)
            return state.note(state.interpreter.open(), adapters)
        }
    }

    /// A new sequence that goes on from what another holds. Nothing is copied until one of both takes in tokens.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, as ``open()`` and for a sequence that is not open.
    package func fork(_ sequence: EngineSequence) throws(SwiftletError) -> EngineSequence {
        try use { state throws(SwiftletError) in
            let index = try state.index(sequence)
            try checkRoom(state)
            return state.note(state.interpreter.fork(sequence: index), state.sets[index])
        }
    }

    /// Forgets a sequence.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a sequence that is not open.
    package func close(_ sequence: EngineSequence) throws(SwiftletError) {
        try use { state throws(SwiftletError) in
            let index = try state.index(sequence)
            state.interpreter.close(sequence: index)
            state.sequences[index] = nil
            state.sets[index] = .none
        }
    }

    /// Runs a sequence with other adapters from here on. If they are others than before, or have other scales, it forgets
    /// its tokens: their states are those that the ones before gave.
    ///
    /// - Returns: whether they are others.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `model` or `outOfMemory`; nothing has then changed.
    func setAdapters(_ set: AdapterSet, of sequence: EngineSequence) throws(SwiftletError) -> Bool {
        try use { state throws(SwiftletError) in
            let index = try state.index(sequence)
            guard state.sets[index] != set else { return false }
            try state.activate(set, model, settings)
            state.interpreter.truncate(sequence: index, to: 0)
            state.sets[index] = set
            return true
        }
    }

    /// ``setAdapters(_:of:)-(AdapterSet,_)`` of adapters that were not checked yet.
    package func setAdapters(_ adapters: [ScaledAdapter], of sequence: EngineSequence) throws(SwiftletError) {
        _ = try setAdapters(AdapterSet(adapters, of: model), of: sequence)
    }

    /// The adapters of a sequence.
    func adapters(of sequence: EngineSequence) throws(SwiftletError) -> AdapterSet {
        try use { state throws(SwiftletError) in state.sets[try state.index(sequence)] }
    }

    /// Tokens that a sequence holds.
    package func length(of sequence: EngineSequence) throws(SwiftletError) -> Int {
        try withInterpreter(sequence) { interpreter, index in interpreter.store.length(of: index) }
    }

    /// Bytes that a sequence takes, with those that it shares with others.
    package func usedByteCount(of sequence: EngineSequence) throws(SwiftletError) -> Int {
        try withInterpreter(sequence) { interpreter, index in interpreter.store.usedByteCount(of: index) }
    }

    /// Forgets a sequence's tokens from `length` on.
    ///
    /// - Returns: false, without a change, where its state cannot go back so far, as it keeps a window of positions or a
    ///   recurrent state.
    package func truncate(_ sequence: EngineSequence, to length: Int) throws(SwiftletError) -> Bool {
        try withInterpreter(sequence) { interpreter, index in interpreter.truncate(sequence: index, to: length) }
    }

    /// Runs `body` with the interpreter and its number of a sequence, while no other call does.
    func withInterpreter<Result>(
        _ sequence: EngineSequence,
        _ body: (_ interpreter: inout Interpreter, _ index: Int) throws(SwiftletError) -> Result
    ) throws(SwiftletError) -> Result {
        try use { state throws(SwiftletError) in
            let index = try state.index(sequence)
            return try body(&state.interpreter, index)
        }
    }

    private func checkRoom(_ state: borrowing EngineState) throws(SwiftletError) {
        guard state.sequences.count(where: { $0 != nil }) < options.maxSequences else {
            throw SwiftletError(
                .invalidArgument,
                "all \(options.maxSequences) sequences of the engine are open: close one, or use maxSequences")
        }
    }

    // MARK: Steps

    /// Takes in the tokens of some sequences, all in one step. Sequences with other adapters, or other scales of theirs, go in
    /// another step behind it.
    ///
    /// - Parameters:
    ///   - entries: each of another sequence, ``stepTokens`` tokens in all.
    ///   - body: gets the outcome of each entry. It must not call the engine.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a sequence that is not open or is there twice, too many
    ///   tokens, none, or one that the vocabulary lacks, `contextFull`, `outOfMemory`. All sequences are then as they were.
    package func step(
        _ entries: Span<EngineEntry>, _ body: (_ entry: Int, _ outcome: EngineOutcome) -> Void = { _, _ in }
    ) throws(SwiftletError) {
        try use { state throws(SwiftletError) in
            try state.gather(entries, max: stepTokens)
            guard let set = try state.commonSet(entries) else { return try stepApart(entries, &state, body) }
            try state.activate(set, model, settings)
            try run(&state) { entry, outcome in body(entry, outcome) }
        }
    }

    /// Steps of entries with different adapters, each of those with the same.
    private func stepApart(
        _ entries: Span<EngineEntry>, _ state: inout EngineState,
        _ body: (_ entry: Int, _ outcome: EngineOutcome) -> Void
    ) throws(SwiftletError) {
        // What is wrong with one entry must stop all.
        let (tokens, batch) = (state.tokens, state.entries)
        do throws(InterpreterError) {
            try state.interpreter.check(tokens.span, entries: batch.span, vocabulary: model.vocabularySize)
        } catch {
            throw SwiftletError(error)
        }
        for group in try state.groups(entries) {
            try state.activate(group.set, model, settings)
            try state.gather(entries, max: stepTokens, group.members)
            try run(&state) { entry, outcome in body(group.members[entry], outcome) }
        }
    }

    /// One step of the entries that were gathered.
    private func run(
        _ state: inout EngineState, _ body: (_ entry: Int, _ outcome: EngineOutcome) -> Void
    ) throws(SwiftletError) {
        let (tokens, batch) = (state.tokens, state.entries)
        do throws(InterpreterError) {
            try state.interpreter.step(tokens.span, entries: batch.span, vocabulary: model.vocabularySize)
        } catch {
            throw SwiftletError(error)
        }
        for index in batch.indices {
            let isCancelled = state.interpreter.wasCancelled(index)
            body(index, isCancelled ? .cancelled : .logits(state.interpreter.result(of: index)))
        }
    }

    private func use<Result>(
        _ body: (inout EngineState) throws(SwiftletError) -> Result
    ) throws(SwiftletError) -> Result {
        do throws(Turn.Refusal) {
            try turn.take()
        } catch {
            switch error {
            case .own:
                throw SwiftletError(.invalidArgument, "the engine is in use by the call that this one is part of")
            case .forked:
                throw SwiftletError(
                    .invalidArgument, "a call was using the engine when this process was forked off: make another here")
            }
        }
        defer { turn.end() }
        return try body(&state)
    }
}
