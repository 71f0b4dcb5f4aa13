internal import JSON

/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// Instructions for the model.
        case system
        case user
        case assistant
        /// The result of a tool call.
        case tool
    }

    /// Who speaks.
    public var role: Role
    /// The text. Nothing in it can become a control token of the model.
    public var content: String
    /// The calls of tools that the model made in this message: ``ChatJSON/init(_:)`` makes it of ``ToolCall``s. Calls in
    /// OpenAI's form reach the template in the one that it reads; others as they are.
    public var toolCalls: ChatJSON?
    /// The model's reasoning before the text, for templates that ask for it.
    public var reasoning: String?
    /// The tool that answers, for templates that ask for it.
    public var name: String?
    /// Which call a tool answers, for templates that ask for it.
    public var toolCallID: String?

    /// A message.
    public init(
        _ role: Role, _ content: String, toolCalls: ChatJSON? = nil, name: String? = nil, toolCallID: String? = nil,
        reasoning: String? = nil
    ) {
        self.role = role
        self.content = content
        self.toolCalls = toolCalls
        self.name = name
        self.toolCallID = toolCallID
        self.reasoning = reasoning
    }
}

extension ChatMessage {
    /// A JSON object: `role`, `content` and, where the message has them, `reasoning`, `tool_calls`, `name`, `tool_call_id`.
    public var json: String {
        var members: [JSONValue.Member] = [
            .init("role", .string(role.rawValue)), .init("content", .string(content)),
        ]
        if let reasoning { members.append(.init("reasoning", .string(reasoning))) }
        if let toolCalls { members.append(.init("tool_calls", toolCalls.json)) }
        if let name { members.append(.init("name", .string(name))) }
        if let toolCallID { members.append(.init("tool_call_id", .string(toolCallID))) }
        return JSONValue.object(members).text
    }
}
