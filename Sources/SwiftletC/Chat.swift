// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A conversation that one thread uses at a time.
final class ChatObject: Handle, @unchecked Sendable {  // whoever has the turn uses the conversation
    static var kind: HandleKind { .chat }
    let model: Model
    private let turn: Turn
    private var chat: ChatSession

    init(_ model: Model, _ options: ChatOptions) throws(Failure) {
        turn = try Turn()
        self.model = model
        chat = try Failure.translating { () throws(SwiftletError) in try ChatSession(model, options) }
    }

    /// - Throws: ``Failure`` with the status `busy` while another thread uses it; what `body` throws.
    func use<Result>(_ body: (inout ChatSession) throws(Failure) -> Result) throws(Failure) -> Result {
        try turn.claim { () throws(Failure) in try body(&chat) }
    }

    /// - Throws: ``Failure`` with the status `notFound` for a number that no message has.
    func message(_ index: UInt64) throws(Failure) -> ChatMessage {
        try use { chat throws(Failure) in
            guard let index = Int(exactly: index), index < chat.messages.count else {
                throw Failure(
                    .notFound, "the conversation has \(chat.messages.count) messages, not number \(index)",
                    place: "index")
            }
            return chat.messages[index]
        }
    }

    /// Answers the conversation, with another message of the user at its end.
    func respond(
        _ message: String?, _ request: GenerationRequest, onEvent: (ChatEvent) -> Bool = { _ in true }
    ) throws(Failure) {
        try use { chat throws(Failure) in
            chat.generation = request.options
            let answer = try unsafe CancellationObject.run(
                request.cancellation, chat.cancellation
            ) { () throws(Failure) in
                try Failure.translating { () throws(SwiftletError) in
                    if let message { return try chat.respond(to: message, onToken: request.show, onEvent: onEvent) }
                    return try chat.answer(onToken: request.show, onEvent: onEvent)
                }
            }
            var result = swiftlet_generation(answer.reason, answer.grammar)
            result.prompt_tokens = UInt64(answer.promptTokens)
            result.computed_tokens = UInt64(answer.computedTokens)
            result.generated_tokens = UInt64(answer.answerTokens)
            result.prompt_seconds = answer.promptTime.seconds
            result.generation_seconds = answer.answerTime.seconds
            try request.finish(answer.text, result)
            guard answer.reason != nil else { throw Failure(.cancelled, "cancelled") }
        }
    }
}

extension ChatOptions {
    fileprivate init(_ pointer: UnsafePointer<swiftlet_chat_options>?) throws(Failure) {
        let options = try unsafe swiftlet_chat_options.read(pointer, "options")
        self.init()
        session = try unsafe SessionOptions(options.session, "options.session")
        switch unsafe Int(options.overflow) {
        case SWIFTLET_CHAT_OVERFLOW_DEFAULT, SWIFTLET_CHAT_OVERFLOW_ERROR: overflow = .error
        case SWIFTLET_CHAT_OVERFLOW_SHIFT: overflow = .shift
        default:
            throw Failure(
                .argument, "options.overflow is \(unsafe options.overflow): use 0 to 2", place: "options.overflow")
        }
        template = try unsafe Text.optional(options.chat_template, "options.chat_template")
        templateName = try unsafe Text.optional(options.template_name, "options.template_name")
        thinking = try choice(unsafe options.thinking, "options.thinking")
        tools = try unsafe ChatJSON(options.tools, "options.tools")
        if let word = try unsafe Text.optional(options.tool_choice, "options.tool_choice") {
            toolChoice = ToolChoice(word: word)
        }
    }
}

extension ChatJSON {
    /// Nil for NULL.
    fileprivate init?(_ text: UnsafePointer<CChar>?, _ place: String) throws(Failure) {
        guard let text = try unsafe Text.optional(text, place) else { return nil }
        do throws(SwiftletError) {
            try self.init(array: text)
        } catch {
            throw Failure(.argument, error.message, place: place)
        }
    }
}

extension ChatMessage {
    fileprivate init(_ pointer: UnsafePointer<swiftlet_message>?) throws(Failure) {
        guard unsafe pointer != nil else { throw Failure(.argument, "message is NULL", place: "message") }
        let message = try unsafe swiftlet_message.read(pointer, "message")
        guard let role = unsafe Role(speaker: message.speaker), let size = unsafe Int(exactly: message.size) else {
            throw Failure(
                .argument, "message.speaker is \(unsafe message.speaker) (use 1 to 4), or its size is not possible",
                place: "message")
        }
        let calls = try unsafe ChatJSON(message.tool_calls, "message.tool_calls")
        self.init(
            role, try unsafe Text.sized(message.text, size, "message.text"), toolCalls: calls,
            name: try unsafe Text.optional(message.name, "message.name"),
            toolCallID: try unsafe Text.optional(message.tool_call_id, "message.tool_call_id"),
            reasoning: try unsafe Text.optional(message.reasoning, "message.reasoning"))
    }
}

extension ChatMessage.Role {
    init?(speaker: UInt32) {
        switch Int(speaker) {
        case SWIFTLET_SPEAKER_SYSTEM: self = .system
        case SWIFTLET_SPEAKER_USER: self = .user
        case SWIFTLET_SPEAKER_ASSISTANT: self = .assistant
        case SWIFTLET_SPEAKER_TOOL: self = .tool
        default: return nil
        }
    }

    var speaker: UInt32 {
        switch self {
        case .system: UInt32(SWIFTLET_SPEAKER_SYSTEM)
        case .user: UInt32(SWIFTLET_SPEAKER_USER)
        case .assistant: UInt32(SWIFTLET_SPEAKER_ASSISTANT)
        case .tool: UInt32(SWIFTLET_SPEAKER_TOOL)
        }
    }
}

@c @implementation
public func swiftlet_chat_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_chat_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe ChatObject(model, ChatOptions(options)).give(out)
    }
}

@c @implementation
public func swiftlet_chat_release(_ chat: OpaquePointer?) { unsafe ChatObject.release(chat) }

@c @implementation
public func swiftlet_chat_add(
    _ chat: OpaquePointer?, _ message: UnsafePointer<swiftlet_message>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let message = try unsafe ChatMessage(message)
        try chat.use { chat throws(Failure) in chat.messages.append(message) }
    }
}

@c @implementation
public func swiftlet_chat_respond(
    _ chat: OpaquePointer?, _ message: UnsafePointer<CChar>?, _ size: Int,
    _ options: UnsafePointer<swiftlet_generation_options>?, _ on_text: swiftlet_on_text?,
    _ user: UnsafeMutableRawPointer?, _ result: UnsafeMutablePointer<swiftlet_generation>?,
    _ text: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let content = try unsafe Text.sized(message, size, "message")
        let request = try unsafe GenerationRequest(options, for: chat.model, on_text, user, result, text)
        try chat.respond(unsafe message == nil ? nil : content, request)
    }
}

@c @implementation
public func swiftlet_chat_count(
    _ chat: OpaquePointer?, _ count: UnsafeMutablePointer<UInt64>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        guard let count = unsafe count else { throw Failure(.argument, "count is NULL", place: "count") }
        unsafe count.pointee = try chat.use { chat throws(Failure) in UInt64(chat.messages.count) }
    }
}

@c @implementation
public func swiftlet_chat_message(
    _ chat: OpaquePointer?, _ index: UInt64, _ speaker: UnsafeMutablePointer<UInt32>?,
    _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let output = try unsafe Output(buffer, capacity, needed, "buffer")
        let message = try chat.message(index)
        try output.write(message.content)
        unsafe speaker?.pointee = message.role.speaker
    }
}

@c @implementation
public func swiftlet_chat_truncate(
    _ chat: OpaquePointer?, _ count: UInt64, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        try unsafe ChatObject.of(chat).use { chat throws(Failure) in
            guard let count = Int(exactly: count), count <= chat.messages.count else {
                throw Failure(
                    .argument, "the conversation has \(chat.messages.count) messages, fewer than \(count)",
                    place: "count")
            }
            chat.messages.removeSubrange(count...)
        }
    }
}
