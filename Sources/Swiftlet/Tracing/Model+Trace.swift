internal import Interpreter
internal import Models
internal import Tensors

extension Model {
    /// Runs a decoder or an encoder on some tokens, and keeps what it computes.
    ///
    /// The values are those of the same program by the same kernels as in any other run: a trace copies what an operation has
    /// written before the next one overwrites it.
    ///
    /// - Throws: ``SwiftletError``: `invalidArgument` for no tokens, ids outside of the vocabulary, or parts to ablate that are
    ///   not there; `contextFull`; `model` for a model of another kind, or one whose layers cannot be told apart;
    ///   `outOfMemory`.
    public func trace(
        _ tokens: [Token], _ options: TraceOptions = TraceOptions()
    ) throws(SwiftletError) -> Trace {
        guard kind == .decoder || kind == .encoder else {
            throw SwiftletError(
                .model, "\(path): the model \(kind): a trace of it needs a source and a target")
        }
        try check(tokens, limit: contextLength, "the text")
        var tracer = try StageTracer(
            self, tracedTask, count: tokens.count, options, ablations: options.ablations)
        let vocabulary = vocabularySize
        let outputs = kind == .decoder ? BatchEntry.Outputs.last : .all
        let stage = try tracer.trace(tokens, count: tokens.count) { interpreter throws(InterpreterError) in
            interpreter.truncate(to: 0)
            let entry: InlineArray<1, BatchEntry> = [BatchEntry(count: tokens.count, outputs: outputs)]
            try interpreter.step(tokens.span, entries: entry.span, vocabulary: vocabulary)
        }
        return Trace(encoder: nil, main: stage, ablations: options.ablations)
    }

    /// Runs an encoder-decoder on a source and the target that it became, and keeps what both stages compute.
    ///
    /// - Parameters:
    ///   - source: with the tokens around a text.
    ///   - target: from the decoder's start token on.
    /// - Throws: ``SwiftletError``, as ``trace(_:_:)``.
    public func trace(
        source: [Token], target: [Token], _ options: TraceOptions = TraceOptions()
    ) throws(SwiftletError) -> Trace {
        try check(source, limit: sourceLength(), "the source")
        try check(target, limit: contextLength, "the target")
        let vocabulary = vocabularySize
        return try traceBoth(source, count: source.count, target: target, options) {
            interpreter throws(InterpreterError) in
            interpreter.truncate(to: 0)
            let entry: InlineArray<1, BatchEntry> = [BatchEntry(count: source.count, outputs: .all)]
            try interpreter.step(source.span, entries: entry.span, vocabulary: vocabulary)
        }
    }

    /// Traces the encoder's step `encode`, then the decoder.
    func traceBoth(
        _ source: [Token], count: Int, target: [Token], _ options: TraceOptions,
        _ encode: (inout Interpreter) throws(InterpreterError) -> Void
    ) throws(SwiftletError) -> Trace {
        var encoder = try StageTracer(self, .encoding, count: count, options, ablations: [])
        let first = try encoder.trace(source, count: count, encode)
        var decoder = try StageTracer(
            self, .decoding, count: target.count, crossPositions: count, options, ablations: options.ablations)
        let cross = encoder.interpreter.crossCache(of: 0)
        let vocabulary = vocabularySize
        let second = try decoder.trace(target, count: target.count, crossCount: count) {
            interpreter throws(InterpreterError) in
            interpreter.truncate(to: 0)
            let entry: InlineArray<1, BatchEntry> = [
                BatchEntry(count: target.count, outputs: .last, cross: cross)
            ]
            try interpreter.step(target.span, entries: entry.span, vocabulary: vocabulary)
        }
        // The decoder read the encoder's cache until here.
        encoder.interpreter.endTracing()
        return Trace(encoder: first, main: second, ablations: options.ablations)
    }

    /// The task whose program a trace runs.
    var tracedTask: ModelTask {
        switch kind {
        case .decoder: .nextToken
        case .encoder: tasks.contains(.maskedToken) ? .maskedToken : .embedding
        case .textToText, .speech: .decoding
        }
    }

    func check(_ tokens: [Token], limit: Int, _ what: String) throws(SwiftletError) {
        guard !tokens.isEmpty else { throw SwiftletError(.invalidArgument, "\(what) has no tokens: give at least one") }
        guard tokens.count <= limit else {
            throw SwiftletError(
                .contextFull, "\(what) has \(tokens.count) tokens, at most \(limit) are possible: shorten it")
        }
        if let wrong = tokens.first(where: { $0 < 0 || Int($0) >= vocabularySize }) {
            throw SwiftletError(
                .invalidArgument,
                "\(what) has the token \(wrong), but the vocabulary ends at \(vocabularySize - 1)")
        }
    }

    /// A target for a source, found as ``TextToText`` does by one beam, from the decoder's start token on.
    ///
    /// - Throws: ``SwiftletError``, as ``TextToText``.
    public func targetToTrace(
        _ text: String, _ task: TextTask = .plain, target: String? = nil, maxTokens: Int? = nil,
        _ runtime: RuntimeOptions = RuntimeOptions()
    ) throws(SwiftletError) -> (source: [Token], target: [Token]) {
        var options = TextToTextOptions()
        options.runtime = runtime
        options.sources = 1
        var writer = try TextToText(self, task, options)
        let source = writer.frame.source(text, self)
        if let target {
            return (source, [writer.startToken] + tokenize(target))
        }
        var search = try writer.recommendedBeams()
        search.beams = 1
        search.results = 1
        if let maxTokens { search.maxTokens = maxTokens }
        let found = try writer.generate(from: [source], search)
        return (source, [writer.startToken] + (found.first?.first?.tokens ?? []))
    }
}
