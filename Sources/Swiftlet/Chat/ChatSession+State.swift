internal import GGUF

/// A conversation in a file, or in memory: a GGUF file, compressed with zstd, that holds the messages, the tokens and the
/// cache.
extension ChatSession {
    /// Fields that few messages have; a key is there if any message has it, an empty text stands for none.
    private static let fieldTexts: [(key: String, text: @Sendable (ChatMessage) -> String?)] = [
        ("conversation.tool_calls", { $0.toolCalls?.text }), ("conversation.names", { $0.name }),
        ("conversation.tool_call_ids", { $0.toolCallID }), ("conversation.reasoning", { $0.reasoning }),
    ]

    /// Saves the conversation with all that was computed of it. What was at the path is replaced once all is written.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`, or `invalidArgument` where the path is that of a model that is open.
    public func save(to path: String) throws(SwiftletError) { try session.write(contents(), to: path) }

    /// What ``save(to:)`` writes.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`.
    public func saved() throws(SwiftletError) -> [UInt8] { try session.bytes(of: contents()) }

    private func contents() throws(SwiftletError) -> GGUFContents {
        var contents = try session.contents(.conversation)
        contents.set("conversation.roles", messages.map(\.role.rawValue))
        contents.set("conversation.messages", messages.map(\.content))
        for (key, text) in Self.fieldTexts where messages.contains(where: { text($0) != nil }) {
            contents.set(key, messages.map { text($0) ?? "" })
        }
        return contents
    }

    /// Replaces this conversation by a saved one. Generation options are not saved.
    ///
    /// - Throws: ``SwiftletError`` with the code `file` for a damaged file, one that is no conversation, or one with another
    ///   model, type of cache or a longer conversation than fits. The session then holds what it held before, but for the
    ///   cache, which may have to be computed again.
    public mutating func restore(from path: String) throws(SwiftletError) { try restore(GGUFFile.state(path)) }

    /// Goes on with what ``saved()`` returned; see ``restore(from:)``.
    public mutating func restore(saved bytes: [UInt8]) throws(SwiftletError) { try restore(GGUFFile.state(bytes)) }

    private mutating func restore(_ file: GGUFFile) throws(SwiftletError) {
        let tokens = try session.stateTokens(.conversation, file)
        let roles: [String]
        let texts: [String]
        var fieldTexts: [[String]] = []
        do throws(GGUFError) {
            roles = try file.metadata.strings("conversation.roles")
            texts = try file.metadata.strings("conversation.messages")
            for (key, _) in Self.fieldTexts {
                fieldTexts.append(file.metadata.contains(key) ? try file.metadata.strings(key) : texts.map { _ in "" })
            }
        } catch {
            throw SwiftletError(error)
        }
        let known = roles.compactMap { ChatMessage.Role(rawValue: $0) }
        guard known.count == roles.count, roles.count == texts.count, fieldTexts.allSatisfy({ $0.count == roles.count })
        else { throw SwiftletError(.file, "\(file.path): the conversation's messages are damaged") }
        var restored: [ChatMessage] = []
        for index in known.indices {
            let (calls, name, id) = (fieldTexts[0][index], fieldTexts[1][index], fieldTexts[2][index])
            let reasoning = fieldTexts[3][index]
            restored.append(
                ChatMessage(
                    known[index], texts[index], toolCalls: calls.isEmpty ? nil : try ChatJSON(array: calls),
                    name: name.isEmpty ? nil : name, toolCallID: id.isEmpty ? nil : id,
                    reasoning: reasoning.isEmpty ? nil : reasoning))
        }
        try session.restore(.conversation, tokens: tokens, from: file)
        messages = restored
    }
}
