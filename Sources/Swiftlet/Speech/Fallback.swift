/// Whether a window's text is good enough, and what else to try.
///
/// Source: arXiv:2212.04356 §4.5; `decode_with_fallback` of openai-whisper's `transcribe.py`.
struct Fallback: Sendable {
    let options: TranscriptionOptions

    init(_ options: TranscriptionOptions) {
        self.options = options
    }

    func isRepetitive(_ window: DecodedWindow) -> Bool {
        options.mostCompression.map { window.compressionRatio > $0 } ?? false
    }

    private func isUnlikely(_ window: DecodedWindow) -> Bool {
        options.leastLogProbability.map { window.text.meanLogProbability < $0 } ?? false
    }

    /// Nobody speaks in it.
    func isSilent(_ window: DecodedWindow) -> Bool {
        guard let most = options.mostNoSpeech, window.noSpeechProbability > most else { return false }
        return options.leastLogProbability == nil || isUnlikely(window)
    }

    func isGoodEnough(_ window: DecodedWindow) -> Bool {
        isSilent(window) || !isRepetitive(window) && !isUnlikely(window)
    }

    /// The first result that is good enough. Where none is, the likeliest of those that do not repeat themselves, or else
    /// the one that does least: openai-whisper takes the last, which is the one nearest to chance.
    func decode(
        _ attempt: (_ temperature: Double) throws(SwiftletError) -> DecodedWindow
    ) throws(SwiftletError) -> DecodedWindow {
        var tried: [DecodedWindow] = []
        for temperature in options.temperatures {
            let window = try attempt(temperature)
            if isGoodEnough(window) { return window }
            tried.append(window)
        }
        let likely = tried.filter { !isRepetitive($0) }
        let best =
            likely.max { $0.text.meanLogProbability < $1.text.meanLogProbability }
            ?? tried.min { $0.compressionRatio < $1.compressionRatio }
        guard let best else { throw SwiftletError(.invalidArgument, "there is no temperature to try") }
        return best
    }
}
