// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A caller's function for the parts of an answer.
@safe struct EventCallback {
    let function: swiftlet_on_event?
    let user: UnsafeMutableRawPointer?

    /// Returns whether to go on.
    func show(_ event: ChatEvent) -> Bool {
        switch event {
        case .content(let text): return show(SWIFTLET_EVENT_CONTENT, text, nil)
        case .reasoning(let text): return show(SWIFTLET_EVENT_REASONING, text, nil)
        case .toolCall(let call): return show(SWIFTLET_EVENT_TOOL_CALL, call.arguments, call)
        }
    }

    private func show(_ kind: Int, _ text: String, _ call: ToolCall?) -> Bool {
        guard let function = unsafe function else { return true }
        let name = call.map { Array($0.name.utf8CString) } ?? []
        let id = call.map { Array($0.id.utf8CString) } ?? []
        return unsafe text.utf8CString.withUnsafeBufferPointer { text in
            unsafe name.withUnsafeBufferPointer { name in
                unsafe id.withUnsafeBufferPointer { id in
                    var event = unsafe swiftlet_chat_event()
                    unsafe event.kind = UInt32(kind)
                    unsafe event.text = text.baseAddress
                    unsafe event.size = UInt64(text.count - 1)
                    unsafe event.name = call == nil ? nil : name.baseAddress
                    unsafe event.id = call == nil ? nil : id.baseAddress
                    unsafe event.struct_size = UInt32(MemoryLayout<swiftlet_chat_event>.size)
                    return unsafe function(user, &event) == SWIFTLET_CONTINUE
                }
            }
        }
    }
}

@c @implementation
public func swiftlet_chat_answer(
    _ chat: OpaquePointer?, _ message: UnsafePointer<CChar>?, _ size: Int,
    _ options: UnsafePointer<swiftlet_generation_options>?, _ on_event: swiftlet_on_event?,
    _ user: UnsafeMutableRawPointer?, _ result: UnsafeMutablePointer<swiftlet_generation>?,
    _ text: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let content = try unsafe Text.sized(message, size, "message")
        let request = try unsafe GenerationRequest(options, for: chat.model, nil, nil, result, text)
        let callback = unsafe EventCallback(function: on_event, user: user)
        try chat.respond(unsafe message == nil ? nil : content, request, onEvent: callback.show)
    }
}

@c @implementation
public func swiftlet_chat_message_json(
    _ chat: OpaquePointer?, _ index: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let output = try unsafe Output(buffer, capacity, needed, "buffer")
        try output.write(try chat.message(index).json)
    }
}
