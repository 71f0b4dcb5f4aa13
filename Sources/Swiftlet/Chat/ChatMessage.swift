/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// What the model is told about its task.
        case system
        case user
        case assistant
    }

    /// Who speaks.
    public var role: Role
    /// What is said. Nothing in it can become a control token of the model.
    public var content: String

    /// A message.
    public init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }
}
