import JSON
import Swiftlet

/// A request of Anthropic's Messages API as one for chat.
enum MessagesRequest {
    /// - Throws: ``APIError`` for what cannot be done.
    static func chat(_ fields: Fields, _ server: Server) throws -> ChatRequest {
        var members = fields.json.members ?? []
        // What both APIs have means the same in both, but for these.
        members.removeAll { ["tools", "tool_choice", "stop", "response_format", "logprobs", "n"].contains($0.name) }
        if let stop = fields["stop_sequences"] { members.append(.init("stop", stop)) }
        let thinking = try fields.object("thinking")?.string("type").map { $0 != "disabled" }
        return try ChatRequest(server, model: fields.string("model"), Fields(.object(members))) {
            ChatRequest.Conversation(
                messages: try messages(fields), tools: try tools(fields), choice: try fields.toolChoice(),
                thinking: thinking)
        }
    }

    private static func messages(_ fields: Fields) throws -> [ChatMessage] {
        var messages: [ChatMessage] = []
        if let system = fields["system"] {
            messages.append(
                ChatMessage(.system, try system.string ?? texts(fields.objects("system") ?? []).joined(separator: "\n"))
            )
        }
        let list = try fields.required("messages", fields.objects("messages"))
        guard !list.isEmpty, list.count <= ChatMessages.maxCount else {
            throw APIError.invalid(
                "there are \(list.count) messages: use 1 to \(ChatMessages.maxCount)", param: "messages")
        }
        for message in list { messages += try converted(message) }
        return messages
    }

    /// Results of tools are messages of their own.
    private static func converted(_ fields: Fields) throws -> [ChatMessage] {
        let role: ChatMessage.Role
        switch try fields.required("role", fields.string("role")) {
        case "user": role = .user
        case "assistant": role = .assistant
        case "system": role = .system
        case let other:
            throw APIError.invalid(
                "\(fields.place)role is \(other): use user or assistant", param: fields.place + "role")
        }
        let content = try fields.required("content", fields["content"])
        if let text = content.string { return [ChatMessage(role, text)] }
        var messages: [ChatMessage] = []
        var text = ""
        var calls: [JSONValue] = []
        for block in try fields.objects("content") ?? [] {
            switch try block.required("type", block.string("type")) {
            case "text": text += try block.string("text") ?? ""
            case "thinking", "redacted_thinking": continue
            case "tool_use":
                calls.append(
                    .members([
                        ("id", .string(try block.string("id") ?? "")), ("type", .string("function")),
                        (
                            "function",
                            .members([
                                ("name", .string(try block.required("name", block.string("name")))),
                                ("arguments", block["input"] ?? .object([])),
                            ])
                        ),
                    ]))
            case "tool_result":
                let result =
                    try block["content"]?.string ?? texts(block.objects("content") ?? []).joined(separator: "\n")
                messages.append(ChatMessage(.tool, result, toolCallID: try block.string("tool_use_id")))
            case let other:
                throw APIError.invalid(
                    "\(block.place)type is \(other): the model reads text alone", param: block.place + "type")
            }
        }
        if !text.isEmpty || !calls.isEmpty || messages.isEmpty {
            let calls = calls.isEmpty ? nil : try ChatJSON(array: JSONValue.array(calls).text)
            messages.append(ChatMessage(role, text, toolCalls: calls))
        }
        return messages
    }

    private static func texts(_ blocks: [Fields]) throws(APIError) -> [String] {
        var texts: [String] = []
        for block in blocks { texts.append(try block.string("text") ?? "") }
        return texts
    }

    /// In OpenAI's form, which templates know.
    private static func tools(_ fields: Fields) throws -> ChatJSON? {
        guard let tools = try fields.objects("tools"), !tools.isEmpty else { return nil }
        if try fields.toolChoice() == .none { return nil }
        let functions = try tools.map { try $0.functionTool(schema: "input_schema") }
        return try ChatJSON(array: JSONValue.array(functions).text)
    }
}
