extension Tokenizer {
    /// The tokens of two texts, as models that compare them expect: `[CLS] first [SEP] second [SEP]`, or
    /// `<s> first </s></s> second </s>`, as ``special`` says. Special tokens that are spelt out in the texts are text.
    ///
    /// - Returns: the tokens, and where the second text begins: after what divides them.
    package func encodePair(_ first: Span<UInt8>, _ second: Span<UInt8>) -> (tokens: [Int32], secondStart: Int) {
        var tokens = encode(first, addSpecial: true, parseSpecial: false)
        if special.addSeparator, let separator = special.separator { tokens.append(separator) }
        let secondStart = tokens.count
        tokens += encode(second, addSpecial: false, parseSpecial: false)
        if special.addEOS, let end = special.end { tokens.append(end) }
        return (tokens, secondStart)
    }

    /// The tokens of two texts; see ``encodePair(_:_:)-(Span<UInt8>,_)``.
    package func encodePair(_ first: String, _ second: String) -> (tokens: [Int32], secondStart: Int) {
        encodePair(first.utf8.span, second.utf8.span)
    }
}
