/// Why sound could not be read. Offsets are bytes from the start of the file.
package enum AudioError: Error, Equatable, CustomStringConvertible {
    /// A system call failed; `reason` is the system's text.
    case system(call: String, path: String, reason: String)
    case notWave(path: String)
    /// A Git LFS pointer, which stands for a file that was not downloaded.
    case largeFilePointer(path: String)
    /// A part of the file says something that cannot be.
    case malformed(path: String, what: String, offset: Int)
    /// The file is well formed, but of a kind that is not read.
    case unsupported(path: String, what: String)
    /// A sample that is infinite or no number. Frames count from 0.
    case notFinite(path: String, frame: Int)
    /// Frames a second, of a file or, without a path, of the caller's.
    case sampleRate(Int, path: String?)
    case channels(Int, path: String?)

    /// The file that is wrong; nil where the caller is.
    package var path: String? {
        switch self {
        case .system(_, let path, _), .notWave(let path), .largeFilePointer(let path), .malformed(let path, _, _),
            .unsupported(let path, _), .notFinite(let path, _):
            path
        case .sampleRate(_, let path), .channels(_, let path): path
        }
    }

    /// The byte of the file that is wrong.
    package var offset: Int? {
        if case .malformed(_, _, let offset) = self { offset } else { nil }
    }

    package var description: String {
        switch self {
        case .system(let call, let path, let reason): "\(path): \(call): \(reason)"
        case .notWave(let path):
            "\(path): not a WAV file; convert it (ffmpeg -i FILE -ar 16000 -ac 1 out.wav), or say that it is raw samples"
        case .largeFilePointer(let path):
            "\(path): this is a Git LFS pointer, not the file itself: run git lfs pull in its folder, or download the file"
        case .malformed(let path, let what, let offset): "\(path): \(what) (at offset \(offset))"
        case .unsupported(let path, let what):
            "\(path): \(what) is not supported; convert it (ffmpeg -i FILE -c:a pcm_s16le out.wav)"
        case .notFinite(let path, let frame): "\(path): frame \(frame) is infinite or not a number"
        case .sampleRate(let found, let path):
            Self.range("a sample rate of \(found) Hz is", path, AudioFormat.sampleRates)
        case .channels(let found, let path): Self.range("\(found) channels are", path, AudioFormat.channelCounts)
        }
    }

    private static func range(_ found: String, _ path: String?, _ possible: ClosedRange<Int>) -> String {
        let bounds = "\(possible.lowerBound) to \(possible.upperBound)"
        guard let path else { return "\(found) not possible: use \(bounds)" }
        return "\(path): \(found) not possible, \(bounds) are; convert it (ffmpeg -i FILE -ar 16000 -ac 1 out.wav)"
    }
}
