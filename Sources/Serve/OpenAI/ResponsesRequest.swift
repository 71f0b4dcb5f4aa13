import JSON
import Swiftlet

/// A request of OpenAI's Responses API as one for chat. Nothing is kept from one to the next.
enum ResponsesRequest {
    /// - Throws: ``APIError`` for what cannot be done.
    static func chat(_ fields: Fields, _ server: Server) throws -> ChatRequest {
        if try fields.string("previous_response_id") != nil {
            throw APIError.invalid(
                "previous_response_id is not supported, as no answer is kept: send the whole conversation",
                param: "previous_response_id")
        }
        var members = fields.json.members ?? []
        members.removeAll {
            ["tools", "tool_choice", "response_format", "n", "logprobs", "max_tokens"].contains($0.name)
        }
        if let limit = fields["max_output_tokens"] { members.append(.init("max_completion_tokens", limit)) }
        if let format = try fields.object("text")?.object("format"), let type = try format.string("type") {
            // The schema stands beside the type here, and within a member of its own in chat.
            let named = type == "json_schema" ? JSONValue.members([("schema", format["schema"])]) : nil
            members.append(
                .init("response_format", .members([("type", .string(type)), ("json_schema", named)])))
        }
        return try ChatRequest(server, model: fields.string("model"), Fields(.object(members))) {
            ChatRequest.Conversation(
                messages: try messages(fields), tools: try tools(fields), choice: try fields.toolChoice(), thinking: nil
            )
        }
    }

    private static func messages(_ fields: Fields) throws -> [ChatMessage] {
        var messages: [ChatMessage] = []
        if let text = try fields.string("instructions"), !text.isEmpty { messages.append(ChatMessage(.system, text)) }
        if let text = fields["input"]?.string {
            messages.append(ChatMessage(.user, text))
            return messages
        }
        let items = try fields.objects("input") ?? []
        guard items.count <= ChatMessages.maxCount else {
            throw APIError.invalid("input has \(items.count) items: use up to \(ChatMessages.maxCount)", param: "input")
        }
        for item in items {
            if let message = try message(item) { messages.append(message) }
        }
        guard !messages.isEmpty else { throw APIError.invalid("input and instructions are empty", param: "input") }
        return messages
    }

    /// Nil for an item that says nothing to the model.
    private static func message(_ item: Fields) throws -> ChatMessage? {
        switch try item.string("type") ?? "message" {
        case "message":
            let role: ChatMessage.Role
            switch try item.required("role", item.string("role")) {
            case "system", "developer": role = .system
            case "user": role = .user
            case "assistant": role = .assistant
            case let other:
                throw APIError.invalid(
                    "\(item.place)role is \(other): use system, user or assistant", param: item.place + "role")
            }
            return ChatMessage(role, try item.required("content", ChatMessages.text(item)))
        case "function_call":
            let text = try item.string("arguments") ?? "{}"
            let parsed = try? JSONParser.parse(text)
            let call = JSONValue.members([
                ("id", try item.string("call_id").map { .string($0) }), ("type", .string("function")),
                (
                    "function",
                    .members([
                        ("name", .string(try item.required("name", item.string("name")))),
                        ("arguments", parsed?.members == nil ? .string(text) : parsed),
                    ])
                ),
            ])
            return ChatMessage(.assistant, "", toolCalls: try ChatJSON(array: JSONValue.array([call]).text))
        case "function_call_output":
            let output = item["output"]
            return ChatMessage(.tool, output?.string ?? output?.text ?? "", toolCallID: try item.string("call_id"))
        default: return nil
        }
    }

    /// Functions alone: tools of OpenAI's own servers are passed over, as clients send them unasked.
    private static func tools(_ fields: Fields) throws -> ChatJSON? {
        if try fields.toolChoice() == .none { return nil }
        let functions = try (fields.objects("tools") ?? []).filter { $0["type"]?.string == "function" }
            .map { try $0.functionTool(schema: "parameters") }
        return functions.isEmpty ? nil : try ChatJSON(array: JSONValue.array(functions).text)
    }
}
