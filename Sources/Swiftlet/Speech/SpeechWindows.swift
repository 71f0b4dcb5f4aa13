internal import Audio

/// Cuts a stream of sound into windows, each from where the one before said. Keeps no more sound than a window and some
/// before it.
package struct SpeechWindows {
    /// Frames of 10 ms, from the start of the sound.
    package typealias Window = Range<Int>

    private var mel: MelSpectrogram
    /// Most frames of a window.
    private let length: Int
    private let gate: VoiceActivity?
    /// The next window's first frame, or one before it.
    private var position = 0
    private var isFinished = false

    /// A shorter rest is no word.
    private static let minRest = 20
    /// A longer pause ends a window where silence is skipped.
    private static let longestPause = 300
    /// Frames before the window that tell speech from what else is there.
    private static let context = 500
    /// Frames of silence after the last speech that are not transcribed yet: speech may begin in them.
    private static let margin = 50

    /// - Throws: ``SwiftletError`` with the code `model` for invalid filters.
    package init(_ model: SpeechModel, _ options: TranscriptionOptions) throws(SwiftletError) {
        guard let filters = MelFilters(bands: model.melBands, model.melFilters) else {
            throw SwiftletError(
                .model, "\(model.path): filters of \(model.melBins) frequencies are not those of a speech model")
        }
        mel = MelSpectrogram(filters)
        length = 2 * (options.audioContext ?? model.audioContext)
        gate = options.skipsSilence ? VoiceActivity() : nil
    }

    /// Seconds of sound so far.
    package var duration: Double { Double(mel.sampleCount) / Double(MelSpectrogram.sampleRate) }

    /// Seconds of sound before the next window.
    package var secondsDone: Double { min(Double(position) / Double(MelSpectrogram.frameRate), duration) }

    package mutating func append(_ samples: Span<Float>) { mel.append(samples) }

    /// The sound ends here.
    package mutating func finish() {
        isFinished = true
        mel.finish()
    }

    /// The next window may not begin before this frame.
    package mutating func advance(to frame: Int) {
        position = max(position, frame)
        mel.discard(before: position - (gate == nil ? 0 : Self.context))
    }

    /// The next window; nil when more sound must come first, or none is left.
    package mutating func next() -> Window? {
        while true {
            let end = isFinished ? mel.sampleCount / MelSpectrogram.hop : mel.frameCount
            guard end - position >= (isFinished ? 1 : length), end - position >= Self.minRest || position == 0 else {
                return nil
            }
            let window = position..<min(position + length, end)
            guard let gate else { return window }
            let speech = gate.speech(in: mel).filter { $0.upperBound > position && $0.lowerBound < end }
            guard let first = speech.first, first.lowerBound < window.upperBound else {
                advance(to: isFinished ? window.upperBound : window.upperBound - Self.margin)
                continue
            }
            if first.lowerBound > position {
                // Again, with as much sound behind it as a window takes.
                advance(to: first.lowerBound)
                continue
            }
            return group(speech, from: position)
        }
    }

    /// The speech up to the first long pause.
    private func group(_ speech: [Range<Int>], from start: Int) -> Window {
        var end = start
        for range in speech {
            guard end == start || range.lowerBound - end < Self.longestPause, range.lowerBound < start + length else {
                break
            }
            end = min(range.upperBound, start + length)
        }
        return start..<end
    }

    /// A window as the model takes it in, `[bands, 2 * positions]`, with silence behind it.
    package func mel(of window: Window, positions: Int) -> [Float] {
        mel.window(from: window.lowerBound, count: 2 * positions, until: window.upperBound)
    }

    /// How loud each frame is: the mean of its bands, log10 of their power. A noise of few bands raises it little.
    package func loudness(of window: Window) -> [Float] {
        window.clamped(to: mel.firstFrame..<mel.frameCount).map { frame in
            let powers = mel.logPowers(frame)
            return powers.reduce(0, +) / Float(max(powers.count, 1))
        }
    }
}
