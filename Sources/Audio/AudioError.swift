/// Why sound could not be read. Offsets are bytes from the start of the file.
package enum AudioError: Error, Equatable, CustomStringConvertible {
    /// A system call failed; `reason` is the system's text.
    case system(call: String, path: String, reason: String)
    case notWave(path: String)
    /// A part of the file says something that cannot be.
    case malformed(path: String, what: String, offset: Int)
    /// The file is well formed, but of a kind that is not read.
    case unsupported(path: String, what: String)
    /// A sample that is infinite or no number. Frames count from 0.
    case notFinite(path: String, frame: Int)
    case sampleRate(Int)
    case channels(Int)

    package var description: String {
        switch self {
        case .system(let call, let path, let reason): "\(path): \(call): \(reason)"
        case .notWave(let path):
            "\(path): not a WAV file; convert it (ffmpeg -i FILE -ar 16000 -ac 1 out.wav), or say that it is raw samples"
        case .malformed(let path, let what, let offset): "\(path): \(what) (at offset \(offset))"
        case .unsupported(let path, let what):
            "\(path): \(what) is not supported; convert it (ffmpeg -i FILE -c:a pcm_s16le out.wav)"
        case .notFinite(let path, let frame): "\(path): frame \(frame) is infinite or not a number"
        case .sampleRate(let found):
            "a sample rate of \(found) Hz is not possible: use \(AudioFormat.sampleRates.lowerBound) to "
                + "\(AudioFormat.sampleRates.upperBound)"
        case .channels(let found):
            "\(found) channels are not possible: use \(AudioFormat.channelCounts.lowerBound) to "
                + "\(AudioFormat.channelCounts.upperBound)"
        }
    }
}
