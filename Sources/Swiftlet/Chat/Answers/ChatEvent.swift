/// A part of an answer, as soon as it is certain.
public enum ChatEvent: Sendable, Hashable {
    /// The next piece of the answer's text: whole characters, no marks of reasoning or calls.
    case content(String)
    /// The next piece of the model's reasoning.
    case reasoning(String)
    /// A whole call of a tool.
    case toolCall(ToolCall)
}
