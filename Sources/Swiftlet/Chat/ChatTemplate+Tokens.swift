/// For callers that hold many conversations with one model, and no ``ChatSession``.
extension ChatTemplate {
    /// The template that a model's file has for conversations without or with tools.
    ///
    /// - Parameters:
    ///   - source: a template in place of the file's own.
    ///   - name: one of the file's named templates.
    /// - Throws: ``SwiftletError`` with the code `model` where there is none, or it is not understood.
    package init(of model: Model, source: String? = nil, name: String? = nil) throws(SwiftletError) {
        try self.init(model, source: source, name: name)
    }

    /// The tokens of a conversation, up to where the answer begins. They depend on the arguments alone, not on what was
    /// generated before.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` when the template refuses the messages, `invalidArgument` for tools
    ///   that it has no place for.
    package func prompt(
        _ messages: [ChatMessage], thinking: Bool? = nil, tools: ChatJSON? = nil
    ) throws(SwiftletError) -> [Token] {
        try tokens(messages, thinking: thinking, tools: tools)
    }
}
