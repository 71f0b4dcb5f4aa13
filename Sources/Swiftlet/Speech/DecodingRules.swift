/// The tokens that are allowed after a context.
///
/// Source: `SuppressBlank`, `SuppressTokens`, `ApplyTimestampRules` of openai-whisper's `decoding.py`.
package struct DecodingRules: Sendable {
    package let tokens: SpeechTokens
    package let findsTimes: Bool
    /// Latest start of the first segment, in times.
    private let latestStart: Int?
    /// Never given.
    private let suppressed: [Token]
    /// Not given as the first token: an empty text.
    private let blanks: [Token]

    package init(_ model: SpeechModel, _ options: TranscriptionOptions) {
        tokens = model.tokens
        findsTimes = options.findsTimes
        let step = SpeechTokens.secondsPerTimestamp
        latestStart = options.latestStart.map { Int(min($0 / step, 1e6).rounded()) }
        // Without its end no text would end.
        let own = model.suppressedTokens?.filter { $0 < model.tokens.endOfText }
        suppressed = options.suppressesSymbols ? own ?? NonSpeech.tokens(model) : []
        blanks = model.tokenize(" ") + [model.tokens.endOfText]
    }

    /// - Parameter text: what was given so far in this window, with times.
    package func apply(to logits: inout LogitRow, after text: [Token]) {
        for token in suppressed { logits.forbid(token) }
        if text.isEmpty {
            for token in blanks { logits.forbid(token) }
        }
        let firstTime = Int(tokens.timestamps.lowerBound)
        logits.forbid(Int(tokens.endOfText) + 1..<firstTime)
        guard findsTimes else { return logits.forbid(firstTime..<logits.values.count) }
        logits.forbid(Int(tokens.timestamps.upperBound) + 1..<logits.values.count)
        restrictTimes(&logits, text)
        // A time, when all of them together are likelier than any token of text.
        let greatest = logits.greatest(in: 0..<firstTime)
        if logits.logSum(in: firstTime..<logits.values.count) > Double(greatest) { logits.forbid(0..<firstTime) }
    }

    /// Times come in pairs, but for the first and the last one, and do not go back; a segment takes some time.
    private func restrictTimes(_ logits: inout LogitRow, _ text: [Token]) {
        let firstTime = Int(tokens.timestamps.lowerBound)
        guard let last = text.last else {
            logits.forbid(0..<firstTime)
            let count = logits.values.count
            if let latestStart { logits.forbid(min(firstTime + latestStart + 1, count)..<count) }
            return
        }
        let followsTime = isTime(last)
        let followsTwo = text.count < 2 || isTime(text[text.count - 2])
        if followsTime {
            if followsTwo {
                logits.forbid(firstTime..<logits.values.count)
            } else {
                logits.forbid(0..<Int(tokens.endOfText))
            }
        }
        if let latest = text.last(where: isTime) {
            let isClosing = followsTime && !followsTwo
            logits.forbid(firstTime..<Int(latest) + (isClosing ? 0 : 1))
        }
    }

    private func isTime(_ token: Token) -> Bool { tokens.timestamps.contains(token) }
}

/// Tokens of symbols that nobody says.
///
/// Source: `non_speech_tokens` of openai-whisper's `tokenizer.py`.
private enum NonSpeech {
    private static let symbols =
        ##""#()*+/:;<=>@[\]^_`{|}~「」『』"##.map(String.init)
        + [
            "<<", ">>", "<<<", ">>>", "--", "---", "-(", "-[", "('", "(\"", "((", "))", "(((", ")))", "[[", "]]", "{{",
            "}}", "♪♪", "♪♪♪",
        ]
    /// Of these the first byte's token alone gives them away.
    private static let notes = ["♩", "♪", "♫", "♬", "♭", "♮", "♯"]

    package static func tokens(_ model: SpeechModel) -> [Token] {
        // A hyphen or an apostrophe within a word is speech, one in front of it is none.
        var found: Set<Token> = []
        let blank = model.tokenize(" ").first
        for symbol in [" -", " '"] + (symbols + notes).flatMap({ [$0, " " + $0] }) {
            let tokens = model.tokenize(symbol)
            let isNote = notes.contains(where: symbol.hasSuffix)
            guard let first = tokens.first, tokens.count == 1 || isNote, first != blank else { continue }
            // A vocabulary without the symbol has a token that stands for what is unknown: maybe the text's end.
            if first < model.tokens.endOfText { found.insert(first) }
        }
        return found.sorted()
    }
}
