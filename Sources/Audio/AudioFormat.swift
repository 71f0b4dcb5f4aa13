/// How sound lies in a file: interleaved frames of one sample for each channel.
package struct AudioFormat: Sendable, Equatable {
    /// Frames a second.
    package let sampleRate: Int
    package let channels: Int
    package let sample: SampleFormat

    package static let sampleRates = 1_000...768_000
    package static let channelCounts = 1...64

    var frameByteCount: Int { channels * sample.byteCount }

    /// - Parameter path: the file that says so; nil where the caller does.
    /// - Throws: ``AudioError`` for a rate or a number of channels out of range.
    package init(
        sampleRate: Int, channels: Int, sample: SampleFormat, path: String? = nil
    ) throws(AudioError) {
        guard Self.sampleRates.contains(sampleRate) else { throw .sampleRate(sampleRate, path: path) }
        guard Self.channelCounts.contains(channels) else { throw .channels(channels, path: path) }
        self.sampleRate = sampleRate
        self.channels = channels
        self.sample = sample
    }
}
