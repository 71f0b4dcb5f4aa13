import JSON
import Swiftlet

/// The conversation of a chat request.
struct ChatMessages {
    private(set) var messages: [ChatMessage] = []

    static let maxCount = 10_000

    /// - Throws: ``APIError``.
    init(_ fields: Fields) throws {
        let list = try fields.required("messages", fields.objects("messages"))
        guard !list.isEmpty, list.count <= Self.maxCount else {
            throw APIError.invalid("there are \(list.count) messages: use 1 to \(Self.maxCount)", param: "messages")
        }
        for message in list { messages.append(try Self.message(message)) }
    }

    private static func message(_ fields: Fields) throws -> ChatMessage {
        let role: ChatMessage.Role
        switch try fields.required("role", fields.string("role")) {
        case "system", "developer": role = .system
        case "user": role = .user
        case "assistant": role = .assistant
        case "tool", "function": role = .tool
        case let other:
            throw APIError.invalid(
                "\(fields.place)role is \(other): use system, user, assistant or tool", param: fields.place + "role")
        }
        let calls = try fields.objects("tool_calls").map { try toolCalls($0) }
        let content = try text(fields)
        guard let content = content ?? (role == .assistant ? "" : nil) else {
            throw APIError.invalid("\(fields.place)content is missing", param: fields.place + "content")
        }
        return ChatMessage(
            role, content, toolCalls: calls, name: try fields.string("name"),
            toolCallID: try fields.string("tool_call_id"), reasoning: try fields.string("reasoning_content"))
    }

    /// A string, or parts of type text.
    static func text(_ fields: Fields) throws -> String? {
        guard let content = fields["content"] else { return nil }
        if let text = content.string { return text }
        guard content.items != nil else { throw fields.wrong("content", "a string or an array of parts", content) }
        var text = ""
        for part in try fields.objects("content") ?? [] {
            let type = try part.required("type", part.string("type"))
            guard ["text", "input_text", "output_text", "refusal"].contains(type) else {
                throw APIError.invalid(
                    "\(part.place)type is \(type): the model reads text alone", param: part.place + "type")
            }
            text += try part.string("text") ?? part.string("refusal") ?? ""
        }
        return text
    }

    /// As templates want them: with the arguments as an object. Other arguments stay the text that a client sent: a model
    /// wrote them once, and the conversation must be able to go on.
    private static func toolCalls(_ calls: [Fields]) throws -> ChatJSON {
        var values: [JSONValue] = []
        for call in calls {
            let function = try call.required("function", call.object("function"))
            let name = try function.required("name", function.string("name"))
            var arguments = function["arguments"] ?? .object([])
            if let text = arguments.string {
                do throws(JSONError) {
                    let value = try JSONParser.parse(text.isEmpty ? "{}" : text)
                    if value.members != nil { arguments = value }
                } catch {}
            }
            values.append(
                .members([
                    ("id", try call.string("id").map { .string($0) }), ("type", .string("function")),
                    ("function", .members([("name", .string(name)), ("arguments", arguments)])),
                ]))
        }
        return try ChatJSON(array: JSONValue.array(values).text)
    }
}
