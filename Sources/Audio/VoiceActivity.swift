/// Finds speech by its energy: frames that stand out of the background, of a spectrum that is no noise.
///
/// The background is the quietest tenth of the last seconds, band by band, so that a steady hum or hiss becomes part of it.
/// Speech ranges are widened, since words begin and end softly.
package struct VoiceActivity {
    /// How it decides. Times are in frames of ``MelSpectrogram``, 10 ms each.
    package struct Options: Sendable, Equatable {
        /// How far above the background the mean over bands must be, in dB.
        package var threshold: Float = 9
        /// Least power of a frame's loudest band, log10: what is below is never speech.
        package var minLoudness: Float = -6.5
        /// Frames that the background is taken from.
        package var backgroundFrames = 1_000
        /// Shorter sounds are clicks.
        package var minSpeech = 10
        /// Shorter pauses belong to the speech around them.
        package var minPause = 60
        /// Added before and behind.
        package var padding = 25

        package init() {}
    }

    private let options: Options

    package init(_ options: Options = Options()) {
        self.options = options
    }

    /// Ranges of frames with speech, in order, within the frames that are kept.
    package func speech(in mel: MelSpectrogram) -> [Range<Int>] {
        let kept = mel.firstFrame..<mel.frameCount
        guard !kept.isEmpty else { return [] }
        var ranges: [Range<Int>] = []
        for range in active(mel, kept) {
            if let last = ranges.last, range.lowerBound - last.upperBound < options.minPause {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        ranges.removeAll { $0.count < options.minSpeech }
        return joined(
            ranges.map { range in
                let wide = range.lowerBound - options.padding..<range.upperBound + options.padding
                return wide.clamped(to: kept)
            })
    }

    /// Ranges of frames that stand out.
    private func active(_ mel: MelSpectrogram, _ kept: Range<Int>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var background: [Float] = []
        for frame in kept {
            // Every half second is enough for what changes slowly.
            if (frame - kept.lowerBound) % 50 == 0 { background = self.background(mel, around: frame, in: kept) }
            let logs = mel.logPowers(frame)
            var (sum, loudest) = (Float(0), -Float.infinity)
            for (band, value) in logs.enumerated() {
                sum += value - background[band]
                loudest = max(loudest, value)
            }
            guard loudest > options.minLoudness, 10 * sum / Float(logs.count) > options.threshold else { continue }
            if let last = ranges.last, last.upperBound == frame {
                ranges[ranges.count - 1] = last.lowerBound..<frame + 1
            } else {
                ranges.append(frame..<frame + 1)
            }
        }
        return ranges
    }

    /// Each band's quietest tenth near a frame, and never below what is silence anyway.
    private func background(_ mel: MelSpectrogram, around frame: Int, in kept: Range<Int>) -> [Float] {
        let half = options.backgroundFrames / 2
        let near = max(kept.lowerBound, frame - half)..<min(kept.upperBound, frame + half)
        let frames = Array(stride(from: near.lowerBound, to: near.upperBound, by: 5))
        var values = [Float](repeating: 0, count: frames.count)
        return (0..<mel.filters.bands).map { band in
            for (index, frame) in frames.enumerated() {
                let logs = mel.logPowers(frame)
                values[index] = logs[logs.startIndex + band]
            }
            values.sort()
            return max(values[values.count / 10], options.minLoudness - 1)
        }
    }

    private func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var out: [Range<Int>] = []
        for range in ranges {
            if let last = out.last, range.lowerBound <= last.upperBound {
                out[out.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                out.append(range)
            }
        }
        return out
    }
}
