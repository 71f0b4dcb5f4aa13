import Swiftlet

extension Embedder {
    /// The vectors of some of many texts.
    ///
    /// - Parameter first: the number of the first of them, for messages.
    /// - Throws: `Failure` for a text that is too long, `SwiftletError`.
    mutating func embed(_ texts: [String], as role: TextRole, numberedFrom first: Int) throws -> Embeddings {
        let tokens = tokens(of: texts, as: role)
        if options.overflow == .error, let index = tokens.firstIndex(where: { $0.count > maxTokens }) {
            throw Failure.message(
                "text \(first + index) has \(tokens[index].count) tokens, at most \(maxTokens) are possible: shorten it, or "
                    + "use --overflow truncate")
        }
        return try embed(tokens: tokens)
    }
}
