internal import CSwiftlet
internal import Swiftlet

/// Options of a generation, and the destinations of its results.
@safe struct GenerationRequest {
    let options: GenerationOptions
    let cancellation: OpaquePointer?
    private let onText: swiftlet_on_text?
    private let user: UnsafeMutableRawPointer?
    private let result: UnsafeMutablePointer<swiftlet_generation>?
    private let text: UnsafeMutablePointer<OpaquePointer?>?

    /// More strings than anybody stops at.
    private static let maxStops: Int = 1024

    init(
        _ pointer: UnsafePointer<swiftlet_generation_options>?, for model: Model, _ onText: swiftlet_on_text?,
        _ user: UnsafeMutableRawPointer?, _ result: UnsafeMutablePointer<swiftlet_generation>?,
        _ text: UnsafeMutablePointer<OpaquePointer?>?
    ) throws(Failure) {
        let given = try unsafe swiftlet_generation_options.read(pointer, "options")
        // Looked at before anything runs.
        if unsafe result != nil { _ = try unsafe swiftlet_generation.read(UnsafePointer(result), "result") }
        var options = GenerationOptions()
        options.sampling = try unsafe SamplingOptions(given.sampling, for: model, "options.sampling")
        options.ignoresEnd = try choice(unsafe given.ignore_end, "options.ignore_end") ?? false
        options.maxTokens = count(unsafe given.max_tokens)
        options.minTokens = count(unsafe given.min_tokens) ?? 0
        options.continuesPrompt = try choice(unsafe given.continues_prompt, "options.continues_prompt") ?? false
        if unsafe given.stop != nil {
            let stops = try unsafe TextList(given.stop, "options.stop")
            guard stops.count <= Self.maxStops else {
                throw Failure(
                    .argument, "\(stops.count) stop strings are too many: use at most \(Self.maxStops)",
                    place: "options.stop")
            }
            options.stop = try stops.all()
            if let index = options.stop.firstIndex(of: "") {
                throw Failure(
                    .argument, "stop string \(index) is empty: give each at least one character", place: "options.stop",
                    index: index)
            }
        }
        if try choice(unsafe given.drafting, "options.drafting") == true { options.drafting = .lookup() }
        let grammar = try unsafe Text.optional(given.grammar, "options.grammar")
        let schema = try unsafe Text.optional(given.json_schema, "options.json_schema")
        guard grammar == nil || schema == nil else {
            throw Failure(.argument, "a grammar and a JSON schema exclude each other", place: "options.json_schema")
        }
        let whitespace: OutputGrammar.Whitespace
        switch Int(unsafe given.json_whitespace) {
        case SWIFTLET_WHITESPACE_PRINTED: whitespace = .printed
        case SWIFTLET_WHITESPACE_ANY: whitespace = .any
        case let value:
            throw Failure(
                .argument, "\(value) is no white space: use SWIFTLET_WHITESPACE_PRINTED or _ANY",
                place: "options.json_whitespace")
        }
        do throws(SwiftletError) {
            if let grammar { options.grammar = try OutputGrammar(gbnf: grammar) }
            if let schema { options.grammar = try OutputGrammar(jsonSchema: schema, whitespace: whitespace) }
        } catch {
            throw Failure(
                .argument, error.message, place: grammar != nil ? "options.grammar" : "options.json_schema")
        }
        self.options = options
        unsafe cancellation = unsafe given.cancellation
        unsafe self.onText = unsafe onText
        unsafe self.user = unsafe user
        unsafe self.result = unsafe result
        unsafe self.text = unsafe text
    }

    /// Gives the caller's function a token and its text; returns whether to go on.
    func show(_ text: String, _ token: Token?) -> Bool {
        guard let onText = unsafe onText else { return true }
        return unsafe text.utf8CString.withUnsafeBufferPointer { bytes in
            unsafe onText(user, bytes.baseAddress, bytes.count - 1, token ?? -1) == SWIFTLET_CONTINUE
        }
    }

    /// Tells the caller what was generated.
    func finish(_ text: String, _ generation: swiftlet_generation) throws(Failure) {
        // The handle first, as it may fail: nothing is then written.
        try unsafe BufferObject.give(text.utf8, self.text)
        try unsafe generation.writeIfWanted(result, "result")
    }
}

extension swiftlet_generation {
    init(_ reason: Generation.Reason?, _ grammar: GrammarEnding?, isContextFull: Bool = false) {
        self.init()
        let end =
            switch reason {
            case nil: SWIFTLET_END_NONE
            case .end: SWIFTLET_END_MODEL
            case .stop: SWIFTLET_END_STOP
            case .length: isContextFull ? SWIFTLET_END_CONTEXT : SWIFTLET_END_LENGTH
            case .context: SWIFTLET_END_CONTEXT
            case .grammar: SWIFTLET_END_GRAMMAR
            case .caller: SWIFTLET_END_CALLBACK
            }
        self.end = UInt32(end)
        switch grammar {
        case nil: self.grammar = UInt32(SWIFTLET_GRAMMAR_NONE)
        case .complete: self.grammar = UInt32(SWIFTLET_GRAMMAR_COMPLETE)
        case .unfinished(let neededTokens):
            self.grammar = UInt32(SWIFTLET_GRAMMAR_UNFINISHED)
            grammar_tokens = UInt64(neededTokens ?? 0)
        }
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}
