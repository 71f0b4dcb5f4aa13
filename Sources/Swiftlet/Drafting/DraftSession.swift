internal import Tokenizers

/// A draft model's own session, which follows the text of another one.
final class DraftSession {
    let model: Model
    private var session: Session

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` when the models' vocabularies differ.
    init(_ model: Model, for target: Model, _ options: SessionOptions) throws(SwiftletError) {
        try Self.checkVocabulary(model, target)
        var options = options
        options.contextLength = min(model.contextLength, options.contextLength ?? target.contextLength)
        // Of the draft model's own weights.
        options.cacheType = nil
        options.adapters = []
        session = try Session(model, options)
        self.model = model
    }

    /// Up to `count` tokens that may follow `text`, as the sampler draws them; none where the context has no room.
    func draft(after text: [Token], _ count: Int, _ sampler: inout Sampler) throws(SwiftletError) -> [DraftToken] {
        let count = min(count, session.contextLength - text.count + 1)
        guard count > 0, !text.isEmpty else { return [] }
        _ = try session.update(to: text)
        var draft: [DraftToken] = []
        while let token = session.withLogits({ sampler.propose($0, after: session.tokens) }) {
            draft.append(token)
            if draft.count == count { break }
            try session.append([token.token])
        }
        return draft
    }

    /// - Throws: ``SwiftletError`` that names the first difference.
    static func checkVocabulary(_ draft: Model, _ target: Model) throws(SwiftletError) {
        let remedy = "use a draft model with the same vocabulary, or draft by lookup"
        guard draft.vocabularySize == target.vocabularySize else {
            throw SwiftletError(
                .invalidArgument,
                "\(draft.path) cannot draft for \(target.path): it has \(draft.vocabularySize) tokens, not "
                    + "\(target.vocabularySize); \(remedy)")
        }
        let (own, other) = (draft.tokenizer.vocabulary, target.tokenizer.vocabulary)
        for token in 0..<Token(truncatingIfNeeded: own.count) where !own.hasSameText(token, as: other) {
            throw SwiftletError(
                .invalidArgument,
                "\(draft.path) cannot draft for \(target.path): token \(token) is \"\(draft.text(of: token) ?? "")\", not "
                    + "\"\(target.text(of: token) ?? "")\"; \(remedy)")
        }
    }
}
