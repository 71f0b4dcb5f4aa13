// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Interpreter
internal import Swiftlet

extension SessionObject {
    /// Replaces what the session holds by a prompt, and completes it.
    func complete(_ prompt: [Token], _ request: GenerationRequest) throws(Failure) {
        guard !prompt.isEmpty else { throw Failure(.argument, "the prompt has no tokens", place: "prompt") }
        try use { session throws(Failure) in
            // The last token is computed in any case: its logits are what the text begins with.
            let shared = session.rewind(toCommonPrefix: prompt)
            try Self.generate(&session, Array(prompt[shared...]), held: shared, request)
        }
    }

    /// Generates text after what the session holds and some more tokens.
    func generate(_ prompt: [Token], _ request: GenerationRequest) throws(Failure) {
        try use { session throws(Failure) in
            try Self.generate(&session, prompt, held: session.position, request)
        }
    }

    /// - Parameter held: tokens before the prompt's.
    private static func generate(
        _ session: inout Session, _ prompt: [Token], held: Int, _ request: GenerationRequest
    ) throws(Failure) {
        let start = MonotonicClock.now
        var promptEnd: Duration?
        var text = ""
        var tokenCount = 0
        var generation: Generation?
        var isContextFull = false
        func finish() throws(Failure) {
            var result = swiftlet_generation(generation?.reason, generation?.grammar, isContextFull: isContextFull)
            result.prompt_tokens = UInt64(held + prompt.count)
            result.computed_tokens = UInt64(prompt.count)
            result.generated_tokens = UInt64(tokenCount)
            let end = MonotonicClock.now
            result.prompt_seconds = ((promptEnd ?? end) - start).seconds
            result.generation_seconds = (end - (promptEnd ?? end)).seconds
            try request.finish(text, result)
        }
        do throws(Failure) {
            try unsafe CancellationObject.run(request.cancellation, session.cancellation) { () throws(Failure) in
                try Failure.translating { () throws(SwiftletError) in
                    try session.append(prompt)
                    promptEnd = MonotonicClock.now
                    // The last token need not be taken in: there can be one more than the context has room for.
                    let room = session.contextLength - session.position + 1
                    var options = request.options
                    isContextFull = options.maxTokens ?? .max > room
                    options.maxTokens = min(options.maxTokens ?? room, room)
                    generation = try session.generate(from: [], options) { piece, token in
                        text += piece
                        if token != nil { tokenCount += 1 }
                        return request.show(piece, token)
                    }
                }
            }
        } catch {
            if error.code == .cancelled { try finish() }
            throw error
        }
        try finish()
    }
}

@c @implementation
public func swiftlet_complete(
    _ session: OpaquePointer?, _ prompt: UnsafePointer<CChar>?, _ size: Int,
    _ options: UnsafePointer<swiftlet_generation_options>?, _ on_text: swiftlet_on_text?,
    _ user: UnsafeMutableRawPointer?, _ result: UnsafeMutablePointer<swiftlet_generation>?,
    _ text: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let prompt = try unsafe Text.sized(prompt, size, "prompt")
        let request = try unsafe GenerationRequest(options, for: session.model, on_text, user, result, text)
        try session.complete(session.model.tokenize(prompt), request)
    }
}

@c @implementation
public func swiftlet_session_generate(
    _ session: OpaquePointer?, _ tokens: UnsafePointer<Int32>?, _ count: Int,
    _ options: UnsafePointer<swiftlet_generation_options>?, _ on_text: swiftlet_on_text?,
    _ user: UnsafeMutableRawPointer?, _ result: UnsafeMutablePointer<swiftlet_generation>?,
    _ text: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let prompt = try unsafe SwiftletC.tokens(tokens, count, vocabularySize: session.model.vocabularySize)
        let request = try unsafe GenerationRequest(options, for: session.model, on_text, user, result, text)
        try session.generate(prompt, request)
    }
}
