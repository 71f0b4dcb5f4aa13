/// A stretch of a text with a source of its own.
package struct TextSegment: Sendable, Equatable {
    package var text: [UInt8]
    /// Control tokens that are spelt out in it become these tokens. Off for text from outside.
    package var parsesSpecial: Bool

    package init(_ text: [UInt8], parsesSpecial: Bool) {
        self.text = text
        self.parsesSpecial = parsesSpecial
    }
}

/// The tokens of texts between special tokens, as a model wrote or read them before.
///
/// A text may be divided into tokens in many ways; a model's own way need not be the tokenizer's. With what is known, a
/// conversation that is tokenized again has the tokens that the model has already seen.
package struct KnownTexts: Sendable {
    private struct Text: Hashable {
        var bytes: [UInt8]
        var opensText: Bool
    }

    private var tokens: [Text: [Int32]] = [:]

    package init() {}

    /// Learns every stretch between special tokens.
    package init(_ tokens: [Int32], _ tokenizer: Tokenizer) {
        var run: [Int32] = []
        var opensText = true
        for token in tokens {
            if tokenizer.isSpecial(token) {
                learn(run, opensText: opensText, tokenizer)
                run = []
                opensText = true
            } else {
                run.append(token)
            }
        }
        learn(run, opensText: opensText, tokenizer)
    }

    private mutating func learn(_ run: [Int32], opensText: Bool, _ tokenizer: Tokenizer) {
        guard !run.isEmpty else { return }
        let bytes = opensText ? tokenizer.decode(run) : tokenizer.continuation(run)
        tokens[Text(bytes: bytes, opensText: opensText)] = run
    }

    func find(_ bytes: [UInt8], opensText: Bool) -> [Int32]? {
        tokens[Text(bytes: bytes, opensText: opensText)]
    }
}

extension Tokenizer {
    /// Whether the token is one that is found in a text before the rest of it is tokenized.
    package func isSpecial(_ token: Int32) -> Bool {
        guard vocabulary.contains(token) else { return false }
        switch vocabulary.kind(of: token) {
        case .control, .unknown, .userDefined: return true
        case .normal, .byte, .unused: return false
        }
    }

    /// The tokens of segments that are one text: what lies between special tokens is tokenized as a whole, across the
    /// borders of segments. A special token is found only where a single segment spells it.
    ///
    /// - Parameters:
    ///   - addsBOS: adds the token that begins every text, if the model has one and the segments do not begin with it.
    ///   - known: the tokens to use for texts that were met before.
    package func encode(_ segments: [TextSegment], addsBOS: Bool, known: KnownTexts = KnownTexts()) -> [Int32] {
        var tokens: [Int32] = []
        var text: [UInt8] = []
        var opensText = true
        func flush() {
            guard !text.isEmpty else { return }
            if let run = known.find(text, opensText: opensText) {
                tokens += run
            } else {
                algorithm.encode(text.span, opensText: opensText, into: &tokens)
            }
            text.removeAll(keepingCapacity: true)
            opensText = false
        }
        for segment in segments {
            for fragment in matcher.fragments(of: segment.text.span, parseSpecial: segment.parsesSpecial) {
                switch fragment {
                case .text(let range): text += segment.text[range]
                case .token(let token):
                    flush()
                    tokens.append(token)
                    opensText = true
                }
            }
        }
        flush()
        if addsBOS, special.addBOS, let bos = special.bos, tokens.first != bos { tokens.insert(bos, at: 0) }
        return tokens
    }

    /// The bytes of tokens that go on a text.
    fileprivate func continuation(_ tokens: [Int32]) -> [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens { appendBytes(of: token, to: &bytes, renderSpecial: false) }
        return bytes
    }
}
