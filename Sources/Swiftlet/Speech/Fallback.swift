/// Whether a window's text is good enough, and what else to try.
///
/// Source: arXiv:2212.04356 §4.5; `decode_with_fallback` of openai-whisper's `transcribe.py`.
package struct Fallback: Sendable {
    package let options: TranscriptionOptions

    package init(_ options: TranscriptionOptions) {
        self.options = options
    }

    package func isRepetitive(_ window: DecodedWindow) -> Bool {
        options.maxCompression.map { window.compressionRatio > $0 } ?? false
    }

    private func isUnlikely(_ window: DecodedWindow) -> Bool {
        options.minLogProbability.map { window.text.meanLogProbability < $0 } ?? false
    }

    /// Nobody speaks in it.
    package func isSilent(_ window: DecodedWindow) -> Bool {
        guard let most = options.maxNoSpeech, window.noSpeechProbability > most else { return false }
        return options.minLogProbability == nil || isUnlikely(window)
    }

    package func isGoodEnough(_ window: DecodedWindow) -> Bool {
        isSilent(window) || !isRepetitive(window) && !isUnlikely(window)
    }

    /// Whether it repeats itself because the speaker does: the model is sure of it, and ended it.
    private func isSaidSo(_ window: DecodedWindow) -> Bool {
        isRepetitive(window) && !isUnlikely(window) && window.text.end == .model
    }

    /// The first result that is good enough. Where none is, the likeliest of those that do not repeat themselves, or else
    /// the one that does least: openai-whisper takes the last, which is the one nearest to chance.
    ///
    /// Two attempts in a row that are good but for their repetition mean that the speaker repeats himself: the first of
    /// them is taken, as a higher temperature would only add errors.
    ///
    /// - Parameter attempt: gets a mean log-probability below which no result is of use (see ``DrawnTexts/Limits/floor``);
    ///   may return nil then.
    package func decode(
        _ attempt: (_ temperature: Double, _ floor: Double?) throws(SwiftletError) -> DecodedWindow?
    ) throws(SwiftletError) -> DecodedWindow {
        var tried: [DecodedWindow] = []
        var last: DecodedWindow?
        for temperature in options.temperatures {
            let window = try attempt(temperature, floor(tried))
            defer { last = window }
            guard let window else { continue }
            if isGoodEnough(window) { return window }
            if let last, isSaidSo(last), isSaidSo(window) { return last }
            tried.append(window)
        }
        let likely = tried.filter { !isRepetitive($0) }
        let best =
            likely.max { $0.text.meanLogProbability < $1.text.meanLogProbability }
            ?? tried.min { $0.compressionRatio < $1.compressionRatio }
        guard let best else { throw SwiftletError(.invalidArgument, "there is no temperature to try") }
        return best
    }

    /// A result below this is neither good enough nor the best of all: there is a better one that does not repeat itself.
    /// Nil where there is none, or where a poor result may mean silence, which is good enough.
    private func floor(_ tried: [DecodedWindow]) -> Double? {
        let isMaybeSilent = tried.contains { $0.noSpeechProbability > options.maxNoSpeech ?? 1 }
        guard let least = options.minLogProbability, !isMaybeSilent else { return nil }
        return tried.filter { !isRepetitive($0) }.map(\.text.meanLogProbability).max().map { min($0, least) }
    }
}
