/// Decodes tokens one at a time into text that is complete at every step.
///
/// A character may be spread over several tokens; its bytes are held back until it is whole. The pieces together are
/// the text that decoding all the tokens at once gives, with every ill-formed sequence replaced by U+FFFD.
package struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let renderSpecial: Bool
    private let shown: Set<Int32>
    private var removesSpace: Bool
    /// The beginning of a character whose other bytes are yet to come.
    private var pending: [UInt8] = []

    /// - Parameters:
    ///   - startsText: whether the first token begins a text, so that a space which encoding puts there is left out;
    ///     false for the continuation of a prompt.
    ///   - renderSpecial: whether control and unknown tokens are spelt out.
    ///   - shown: tokens that are spelt out in any case.
    package init(
        _ tokenizer: Tokenizer, startsText: Bool = true, renderSpecial: Bool = false, shown: Set<Int32> = []
    ) {
        self.tokenizer = tokenizer
        self.renderSpecial = renderSpecial
        self.shown = shown
        removesSpace = startsText && tokenizer.addsLeadingSpace
    }

    /// The text that `token` completes; may be empty.
    package mutating func append(_ token: Int32) -> String {
        tokenizer.appendBytes(of: token, to: &pending, renderSpecial: renderSpecial || shown.contains(token))
        if removesSpace, let first = pending.first {
            if first == 0x20 { pending.removeFirst() }
            removesSpace = false
        }
        let complete = pending.count - pending.span.incompleteTailLength
        let text = String(decoding: pending[..<complete], as: UTF8.self)
        pending.removeSubrange(..<complete)
        return text
    }

    /// The text that is left when no token follows: U+FFFD if a character was cut short, else nothing.
    package mutating func finish() -> String {
        defer { pending.removeAll() }
        return String(decoding: pending, as: UTF8.self)
    }
}
