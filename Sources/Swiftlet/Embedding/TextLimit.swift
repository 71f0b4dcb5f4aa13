internal import Tokenizers

/// How many tokens of a text, or of a pair of texts, a model takes, and what happens to more.
package struct TextLimit: Sendable {
    let most: Int
    let overflow: EmbedderOptions.Overflow
    private let special: SpecialTokens
    private let doublesSeparator: Bool

    /// - Parameter most: nil: the model's context.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for more than that.
    init(_ model: Model, most: Int?, _ overflow: EmbedderOptions.Overflow) throws(SwiftletError) {
        let most = most ?? model.contextLength
        guard most >= 1, most <= model.contextLength else {
            throw SwiftletError(
                .invalidArgument,
                "texts of \(most) tokens are not possible: the model takes 1 to \(model.contextLength)")
        }
        self.most = most
        self.overflow = overflow
        special = model.tokenizer.special
        // Files of ModernBERT's kind ask for it too, but their models were trained with one [SEP].
        doublesSeparator = special.addSeparator && special.separator.flatMap(model.text(of:)) == "</s>"
    }

    /// Truncates to the limit, keeping the end token.
    func fitting(_ tokens: [Token], text index: Int) throws(SwiftletError) -> [Token] {
        guard tokens.count > most else { return tokens }
        try allow(tokens.count, "text", index)
        guard special.addEOS, let end = special.end, tokens.last == end else { return Array(tokens.prefix(most)) }
        return tokens.prefix(most - 1) + [end]
    }

    /// `[CLS] first [SEP] second [SEP]`, or with two separators in the middle where the model was trained so.
    ///
    /// - Parameters:
    ///   - first: without special tokens, as is `second`.
    ///   - index: the pair's, for messages.
    func pair(_ first: [Token], _ second: [Token], index: Int) throws(SwiftletError) -> TokenSequence {
        guard let end = special.end else {
            throw SwiftletError(.model, "the vocabulary has no token between two texts (seperator_token_id)")
        }
        let begin = special.addBOS ? [special.bos].compactMap(\.self) : []
        let middle = doublesSeparator ? [end, end] : [end]
        let added = begin.count + middle.count + 1
        var counts = (first.count, second.count)
        let isTruncated = first.count + second.count + added > most
        if isTruncated {
            try allow(first.count + second.count + added, "pair", index)
            guard most > added else {
                throw SwiftletError(.contextFull, "\(most) tokens are too few for a pair of texts")
            }
            counts = Self.longestFirst(first.count, second.count, most: most - added)
        }
        let front = begin + first.prefix(counts.0) + middle
        return TokenSequence(
            tokens: front + second.prefix(counts.1) + [end], firstSegment: front.count, isTruncated: isTruncated)
    }

    private func allow(_ count: Int, _ what: String, _ index: Int) throws(SwiftletError) {
        guard overflow == .truncate else {
            throw SwiftletError(
                .contextFull,
                "\(what) \(index + 1) has \(count) tokens, the model takes \(most): shorten it, or truncate texts "
                    + "(overflow)", path: nil, text: index)
        }
    }

    /// Truncates two lengths, always the longer one, one by one, until they fit.
    package static func longestFirst(_ a: Int, _ b: Int, most: Int) -> (Int, Int) {
        let shorter = min(a, b)
        guard a + b > most else { return (a, b) }
        if most - shorter >= shorter { return a <= b ? (a, most - a) : (most - b, b) }
        let half = most / 2
        return a <= b ? (half, most - half) : (most - half, half)
    }
}
