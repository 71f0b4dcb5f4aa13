/// The context of a window: the tokens in front of its text, and how much of the model's window it takes.
package struct SpeechContext: Sendable {
    private let model: SpeechModel
    private let options: TranscriptionOptions
    /// Tokens of the caller's prompt.
    private let given: [Token]

    package init(_ model: SpeechModel, _ options: TranscriptionOptions) {
        self.model = model
        self.options = options
        let words = options.prompt.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let tokens = words.isEmpty ? [] : model.tokenize(" " + words)
        // Control tokens in the given text must not steer the model.
        given = tokens.filter { $0 < model.tokens.endOfText }
    }

    /// The tokens that ask for a text: language, task, whether with times.
    package func request(_ language: String?) -> [Token] {
        let special = model.tokens
        var tokens = [special.startOfTranscript]
        if model.isMultilingual {
            tokens.append(language.flatMap(special.language) ?? special.startOfTranscript + 1)
            tokens.append(options.translates ? special.translate : special.transcribe)
        }
        return tokens
    }

    /// All that stands in front of a window's text.
    ///
    /// - Parameter previous: what was said before.
    package func prompt(_ language: String?, previous: [Token]) -> [Token] {
        // One token of the context's half is the one that stands before the prompt.
        let most = min(options.maxPromptTokens, model.textContext / 2 - 1)
        let first = given.suffix(max(most, 0))
        let shown = first + previous.suffix(max(most - first.count, 0))
        return (shown.isEmpty ? [] : [model.tokens.startOfPrevious] + shown) + request(language)
            + (options.findsTimes ? [] : [model.tokens.noTimestamps])
    }

    // A window that is cut short tells the model less about where the sound ends, and models were trained with silence up to
    // the end. With some seconds of silence most windows come out the same; those that do not show it by ``isTrusted``.
    private static let silence = 150  // positions, 3 s
    private static let minPositions = 384
    private static let granularity = 64

    /// Positions that are enough for a short window; nil where that would save little.
    package func positions(frames: Int) -> Int? {
        let needed = max((frames + 1) / 2 + Self.silence, Self.minPositions)
        let positions = (needed + Self.granularity - 1) / Self.granularity * Self.granularity
        return positions <= model.audioContext * 3 / 4 ? positions : nil
    }

    // A shorter sound may be a click or a breath.
    private static let minSpeech = 30  // frames, 0.3 s

    /// Whether a result of a short window is what the whole one would give: it has a text, the model ended it, no time
    /// lies behind the sound, and no sound behind the last time.
    ///
    /// - Parameter loudness: of the window's frames; see ``SpokenFrames``.
    package func isTrusted(_ window: DecodedWindow, loudness: [Float]) -> Bool {
        let first = model.tokens.timestamps.lowerBound
        let latest = first + Token((loudness.count + 1) / 2 + 25)
        guard
            window.text.end == .model
                && window.text.tokens.contains(where: { $0 < model.tokens.endOfText })
                && window.noSpeechProbability <= options.maxNoSpeech ?? 1
                && window.text.tokens.allSatisfy({ $0 <= latest })
        else { return false }
        guard let last = window.text.tokens.last(where: { $0 >= first }) else { return true }
        let heard = min(2 * Int(last - first), loudness.count)
        return SpokenFrames(loudness).count(in: heard..<loudness.count) < Self.minSpeech
    }
}
