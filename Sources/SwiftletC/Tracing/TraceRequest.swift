internal import CSwiftlet
internal import Models
internal import Swiftlet

/// What is traced, and how.
@safe struct TraceRequest {
    private let options: TraceOptions
    private let task: TextTask
    private let target: String?
    private let targetTokens: [Token]?
    private let cancellation: OpaquePointer?

    /// - Throws: ``Failure`` with the status `argument` or `utf8`.
    init(_ pointer: UnsafePointer<swiftlet_trace_options>?, for model: Model) throws(Failure) {
        let given = try unsafe swiftlet_trace_options.read(pointer, "options")
        options = try unsafe TraceOptions(given)
        target = try unsafe Text.optional(given.target, "options.target")
        let tokenCount = Int(exactly: unsafe given.target_token_count) ?? -1
        targetTokens =
            try unsafe given.target_tokens == nil && tokenCount == 0
            ? nil : SwiftletC.tokens(given.target_tokens, tokenCount, vocabularySize: model.vocabularySize)
        let source = try unsafe Text.optional(given.from, "options.from")
        let language = try unsafe Text.optional(given.to, "options.to")
        task = source == nil && language == nil ? .plain : .translation(from: source, to: language)
        unsafe cancellation = unsafe given.cancellation
        guard target == nil || targetTokens == nil else {
            throw Failure(.argument, "a target and target_tokens exclude each other", place: "options.target")
        }
        let isAlone = target == nil && targetTokens == nil && task == .plain
        guard model.kind == .textToText || isAlone else {
            throw Failure(
                .argument, "\(model.path): the model has one stage: it takes no target and no languages",
                place: "options.target")
        }
    }

    /// Runs a model on a text.
    func trace(_ text: String, _ model: Model) throws(Failure) -> TraceObject {
        guard model.kind == .textToText else { return try trace(model.tokenize(text), model) }
        if let targetTokens { return try trace(source: model.tokenize(text), target: targetTokens, model) }
        let (source, target) = try Failure.translating { () throws(SwiftletError) in
            try model.targetToTrace(text, task, target: self.target, options.runtime)
        }
        return try trace(source: source, target: target, model)
    }

    /// Runs a model on some tokens.
    func trace(_ tokens: [Token], _ model: Model) throws(Failure) -> TraceObject {
        guard model.kind == .textToText else {
            return try run(model) { options throws(SwiftletError) in try model.trace(tokens, options) }
        }
        guard let targetTokens else {
            throw Failure(
                .argument, "\(model.path): the decoder needs tokens, too: give target_tokens",
                place: "options.target_tokens")
        }
        return try trace(source: tokens, target: targetTokens, model)
    }

    private func trace(source: [Token], target: [Token], _ model: Model) throws(Failure) -> TraceObject {
        try run(model) { options throws(SwiftletError) in
            try model.trace(source: source, target: target, options)
        }
    }

    private func run(
        _ model: Model, _ body: (TraceOptions) throws(SwiftletError) -> Trace
    ) throws(Failure) -> TraceObject {
        let stop = SessionCancellation()
        var options = options
        options.cancellation = stop
        return try unsafe CancellationObject.run(cancellation, stop) { () throws(Failure) in
            let trace = try Failure.translating { () throws(SwiftletError) in try body(options) }
            return TraceObject(model, trace, options.runtime)
        }
    }
}

extension TraceOptions {
    fileprivate init(_ given: swiftlet_trace_options) throws(Failure) {
        self.init()
        runtime.threads = unsafe Int(given.threads)
        runtime.cacheType = try RuntimeOptions.CacheType(choice: unsafe given.cache_type, "options.cache_type")
        runtime.instructionSet = try unsafe Text.optional(given.instruction_set, "options.instruction_set")
        keepsAttention = try choice(unsafe given.attention, "options.attention") ?? true
        layers = try unsafe numbers(given.layers, given.layer_count, "options.layers").map(Set.init)
        heads = try unsafe numbers(given.heads, given.head_count, "options.heads").map(Set.init)
        if let bytes = try size(unsafe given.max_attention_bytes, "options.max_attention_bytes") {
            maxAttentionBytes = bytes
        }
        for text in try (unsafe Text.optional(given.ablate, "options.ablate") ?? "").split(separator: ",") {
            guard let part = AblatedPart(String(text)) else {
                throw Failure(.argument, "'\(text)' is no head or layer: use L3H5 or L4", place: "options.ablate")
            }
            ablations.append(part)
        }
    }
}

/// Numbers that lie with the caller; nil for NULL without a count.
func numbers(_ start: UnsafePointer<UInt32>?, _ count: UInt64, _ place: String) throws(Failure) -> [Int]? {
    guard let start = unsafe start else {
        if count == 0 { return nil }
        throw Failure(.argument, "\(place) is NULL, with a count of \(count)", place: place)
    }
    guard count <= 1 << 20 else { throw Failure(.argument, "\(place) has \(count) numbers, too many", place: place) }
    return unsafe UnsafeBufferPointer(start: start, count: Int(count)).map { Int($0) }
}
