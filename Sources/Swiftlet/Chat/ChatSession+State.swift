internal import GGUF

/// A conversation in a file: a GGUF file, compressed with zstd, that holds the messages, the tokens and the cache.
extension ChatSession {
    private static let architecture = "swiftlet.conversation"
    private static let version: UInt32 = 1
    /// What messages have where tools are called; a key is there if any message has it, an empty text stands for none.
    private static let toolTexts: [(key: String, text: @Sendable (ChatMessage) -> String?)] = [
        ("conversation.tool_calls", { $0.toolCalls?.text }), ("conversation.names", { $0.name }),
        ("conversation.tool_call_ids", { $0.toolCallID }),
    ]

    /// Saves the conversation with all that was computed of it. What was at the path is replaced once all is written.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`.
    public func save(to path: String) throws(SwiftletError) {
        var contents = GGUFContents()
        contents.set("general.architecture", Self.architecture)
        contents.set("conversation.version", Self.version)
        contents.set("conversation.model", model.identity)
        contents.set("conversation.cache_type", session.cacheType.rawValue)
        contents.set("conversation.roles", messages.map(\.role.rawValue))
        contents.set("conversation.messages", messages.map(\.content))
        for (key, text) in Self.toolTexts where messages.contains(where: { text($0) != nil }) {
            contents.set(key, messages.map { text($0) ?? "" })
        }
        contents.set("conversation.tokens", session.tokens)
        let sizes = session.cachePartSizes(positions: session.tokens.count)
        for (part, size) in sizes.enumerated() where size > 0 {
            contents.addTensor(Self.name(part), type: .I8, dimensions: [size])
        }
        do throws(GGUFError) {
            var writer = try GGUFWriter(path: path, contents: contents, compressed: true)
            for (part, size) in sizes.enumerated() where size > 0 {
                try session.withCachePart(part) { bytes throws(GGUFError) in
                    try writer.append(bytes, to: Self.name(part))
                }
            }
            try writer.finish()
        } catch {
            throw SwiftletError(error)
        }
    }

    /// Goes on with a saved conversation in the place of this one. Generation options are not part of it.
    ///
    /// - Throws: ``SwiftletError`` with the code `file` for a damaged file, one that is no conversation, or one with another
    ///   model, type of cache or a longer conversation than fits. The session then holds what it held before, but for the
    ///   cache, which may have to be computed again.
    public mutating func restore(from path: String) throws(SwiftletError) {
        let file: GGUFFile
        let roles: [String]
        let texts: [String]
        var toolTexts: [[String]] = []
        let tokens: [Token]
        let version: Int
        let identity: String
        let cacheType: String
        do throws(GGUFError) {
            file = try GGUFFile(path: path)
            let found = try file.metadata.string("general.architecture")
            guard found == Self.architecture else {
                throw .wrongValue(key: "general.architecture", expected: Self.architecture, found: found, path: path)
            }
            version = try file.metadata.int("conversation.version")
            identity = try file.metadata.string("conversation.model")
            cacheType = try file.metadata.string("conversation.cache_type")
            roles = try file.metadata.strings("conversation.roles")
            texts = try file.metadata.strings("conversation.messages")
            for (key, _) in Self.toolTexts {
                toolTexts.append(file.metadata.contains(key) ? try file.metadata.strings(key) : texts.map { _ in "" })
            }
            tokens = try file.metadata.ints("conversation.tokens").map { Token(truncatingIfNeeded: $0) }
        } catch {
            throw SwiftletError(error)
        }
        func refuse(_ problem: String) -> SwiftletError { SwiftletError(.file, "\(path): \(problem)") }
        guard version == Int(Self.version) else {
            throw refuse("version \(version) of the format is not known to this program")
        }
        guard identity == model.identity else {
            throw refuse("the conversation was held with another model than \(model.path)")
        }
        guard cacheType == session.cacheType.rawValue else {
            throw refuse("the conversation has a cache of \(cacheType): use a session with that type")
        }
        let known = roles.compactMap { ChatMessage.Role(rawValue: $0) }
        guard known.count == roles.count, roles.count == texts.count, toolTexts.allSatisfy({ $0.count == roles.count }),
            tokens.allSatisfy({ $0 >= 0 && $0 < model.vocabularySize })
        else { throw refuse("the conversation's messages or tokens are damaged") }
        guard tokens.count <= contextLength else {
            throw SwiftletError(
                .contextFull,
                "\(path): the conversation has \(tokens.count) tokens, the context holds \(contextLength)")
        }
        var restored: [ChatMessage] = []
        for index in known.indices {
            let (calls, name, id) = (toolTexts[0][index], toolTexts[1][index], toolTexts[2][index])
            restored.append(
                ChatMessage(
                    known[index], texts[index], toolCalls: calls.isEmpty ? nil : try ChatJSON(array: calls),
                    name: name.isEmpty ? nil : name, toolCallID: id.isEmpty ? nil : id))
        }
        let sizes = session.cachePartSizes(positions: tokens.count)
        for (part, size) in sizes.enumerated() where size > 0 {
            guard let tensor = file.tensor(named: Self.name(part)),
                session.restoreCachePart(part, positions: tokens.count, from: file.bytes(of: tensor))
            else { throw refuse("the conversation's cache is damaged") }
        }
        session.finishRestoring(tokens)
        messages = restored
    }

    private static func name(_ part: Int) -> String { "cache.\(part / 2).\(part % 2 == 0 ? "keys" : "values")" }
}
