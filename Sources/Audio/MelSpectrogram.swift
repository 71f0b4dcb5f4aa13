#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Whisper's log-mel spectrogram of a stream of samples, kept for as long as somebody needs its frames.
///
/// Frame `i` is centered at sample `160 i`; before the first sample lies the mirror image of what follows, behind the last
/// one silence. Source: arXiv:2212.04356 §2.2; `log_mel_spectrogram` of the package openai-whisper, which normalizes a
/// whole file by its loudest frame where this does each window by its own, so that memory does not grow with the file.
package struct MelSpectrogram {
    /// Samples a second.
    package static let sampleRate = 16_000
    /// Samples from a frame to the next.
    package static let hop = 160
    /// Frames a second.
    package static let frameRate = sampleRate / hop
    /// Samples of a frame.
    package static let frameLength = 400
    /// Frequencies of a frame's spectrum.
    package static let bins = frameLength / 2 + 1
    /// The logarithm of silence.
    package static let silence: Float = -10

    package let filters: MelFilters
    /// Frames that the samples so far, or all of them after ``finish()``, complete.
    package private(set) var frameCount = 0
    /// The first frame that is kept.
    package private(set) var firstFrame = 0
    /// Samples that were given.
    package private(set) var sampleCount = 0
    /// log10 of each band's power: [frameCount - firstFrame, bands].
    private var logs: [Float] = []
    /// Samples from `firstSample` on.
    private var samples: [Float] = []
    private var firstSample = 0
    private var isFinished = false
    private var transform = RealTransform(length: Self.frameLength)
    private let window: [Double]

    package init(_ filters: MelFilters) {
        self.filters = filters
        window = (0..<Self.frameLength).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(Self.frameLength)) }
    }

    /// Takes in samples, 16,000 a second.
    package mutating func append(_ more: Span<Float>) {
        samples.reserveCapacity(samples.count + more.count)
        for index in more.indices { samples.append(more[index]) }
        sampleCount += more.count
        while frameCount * Self.hop + Self.frameLength / 2 < sampleCount { appendFrame() }
        dropSamples()
    }

    /// The sound ends here: the frames that reach past the end are completed with silence.
    package mutating func finish() {
        guard !isFinished else { return }
        isFinished = true
        while frameCount * Self.hop - Self.frameLength / 2 < sampleCount { appendFrame() }
        samples = []
    }

    /// Forgets the frames before this one.
    package mutating func discard(before frame: Int) {
        let count = min(frame, frameCount) - firstFrame
        guard count > 0 else { return }
        logs.removeSubrange(0..<count * filters.bands)
        firstFrame += count
    }

    /// Frames from `first` on as the model takes them in, `[bands, count]`; silence where there are none, and from `end`
    /// on.
    package func window(from first: Int, count: Int, until end: Int = .max) -> [Float] {
        let bands = filters.bands
        let present = max(first, firstFrame)..<max(first, firstFrame, min(first + count, frameCount, end))
        var loudest = present.count < count ? Self.silence : -.infinity
        for frame in present {
            let row = (frame - firstFrame) * bands
            for band in 0..<bands { loudest = max(loudest, logs[row + band]) }
        }
        let floor = loudest - 8
        var out = [Float](repeating: (max(Self.silence, floor) + 4) / 4, count: bands * count)
        for frame in present {
            let row = (frame - firstFrame) * bands
            for band in 0..<bands { out[band * count + frame - first] = (max(logs[row + band], floor) + 4) / 4 }
        }
        return out
    }

    /// log10 of each band's power in a frame that is kept.
    package func logPowers(_ frame: Int) -> ArraySlice<Float> {
        let row = (frame - firstFrame) * filters.bands
        return logs[row..<row + filters.bands]
    }

    private mutating func appendFrame() {
        let start = frameCount * Self.hop - Self.frameLength / 2
        for index in 0..<Self.frameLength {
            // Before the first sample its mirror image: sample 1 at -1.
            let position = abs(start + index) - firstSample
            let sample = position >= 0 && position < samples.count ? samples[position] : 0
            transform.frame[index] = Double(sample) * window[index]
        }
        transform.run()
        for row in filters.rows {
            var sum = 0.0
            for (index, weight) in row.weights.enumerated() { sum += weight * transform.powers[row.first + index] }
            logs.append(Float(log10(max(sum, 1e-10))))
        }
        frameCount += 1
    }

    private mutating func dropSamples() {
        let unused = frameCount * Self.hop - Self.frameLength / 2 - firstSample
        guard unused > Self.sampleRate else { return }
        samples.removeSubrange(0..<min(unused, samples.count))
        firstSample += unused
    }
}
