/// Decodes tokens one at a time into text that is complete at every step.
///
/// A character may be spread over several tokens; its bytes are held back until it is whole. The pieces together are
/// the text that decoding all the tokens at once gives, with every ill-formed sequence replaced by U+FFFD.
package struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let renderSpecial: Bool
    private var removesSpace: Bool
    /// The beginning of a character whose other bytes are yet to come.
    private var pending: [UInt8] = []

    /// - Parameters:
    ///   - startsText: whether the first token begins a text, so that a space which encoding puts there is left out;
    ///     false for the continuation of a prompt.
    ///   - renderSpecial: whether control and unknown tokens are spelt out.
    package init(_ tokenizer: Tokenizer, startsText: Bool = true, renderSpecial: Bool = false) {
        self.tokenizer = tokenizer
        self.renderSpecial = renderSpecial
        removesSpace = startsText && tokenizer.addsLeadingSpace
    }

    /// The text that `token` completes; may be empty.
    package mutating func append(_ token: Int32) -> String {
        tokenizer.appendBytes(of: token, to: &pending, renderSpecial: renderSpecial)
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

extension Span<UInt8> {
    /// The number of bytes at the end, at most three, that begin a character which more bytes could complete.
    fileprivate var incompleteTailLength: Int {
        for length in 1...3 where length <= count {
            let start = count - length
            guard self[start] & 0xC0 != 0x80 else { continue }
            guard let form = UTF8Form(lead: self[start]), form.length > length else { return 0 }
            return length == 1 || form.second.contains(self[start + 1]) ? length : 0
        }
        return 0
    }
}
