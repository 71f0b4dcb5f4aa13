/// Sound from a WAV file or of raw samples, as mono float32 at the file's rate, read in pieces: memory does not grow with
/// the file.
///
/// Several channels become their mean. What the file holds counts, whatever its header promises; an incomplete last frame
/// is dropped.
package struct AudioReader: ~Copyable {
    package let format: AudioFormat
    /// Frames there are, or that a stream's header promises; nil of a stream that does not say.
    package private(set) var frameCount: Int?
    /// Frames that were read so far.
    package private(set) var position = 0
    /// Warnings for the caller: less sound than the header promises, or none at all. Complete once all is read.
    package private(set) var warnings: [String] = []
    private var source: ByteSource
    private let promisedByteCount: Int?
    private var isAtEnd = false

    /// Opens a WAV file; "-" is standard input.
    ///
    /// - Parameter raw: the form of the samples in a file without a header.
    /// - Throws: ``AudioError``.
    package init(path: String, raw: AudioFormat? = nil) throws(AudioError) {
        var source = path == "-" ? ByteSource(descriptor: 0, label: "standard input") : try ByteSource(path: path)
        if let raw {
            format = raw
            promisedByteCount = nil
        } else {
            let header = try WaveHeader(&source)
            format = header.format
            promisedByteCount = header.promisedByteCount
        }
        let frameByteCount = format.frameByteCount
        frameCount = [promisedByteCount, source.remaining].compactMap { $0 }.min().map { $0 / frameByteCount }
        self.source = source
        if let left = self.source.remaining {
            let excess = left % format.frameByteCount
            if raw != nil, excess > 0 {
                warn("its last \(excess) bytes are no whole frame of \(format.frameByteCount), and are left out")
            } else {
                warnIfFewer(left)
            }
        }
    }

    private mutating func warn(_ text: String) { warnings.append("\(source.path): \(text)") }

    private mutating func warnIfFewer(_ found: Int) {
        guard let promised = promisedByteCount, found < promised else { return }
        warn("the header promises \(promised) bytes of samples, but \(found) are there")
    }

    /// Appends the next frames, at most `most`; none at the end.
    ///
    /// - Throws: ``AudioError`` for a file that cannot be read, and for samples that are no numbers.
    package mutating func read(_ most: Int, into samples: inout [Float]) throws(AudioError) {
        guard !isAtEnd, most > 0 else { return }
        let wanted = min(most, frameCount.map { $0 - position } ?? most)
        let bytes = try source.read(wanted * format.frameByteCount)
        let found = bytes.count / format.frameByteCount
        if found < wanted || wanted == 0 {
            isAtEnd = true
            // A regular file has told at the start, unless it was cut since.
            if wanted > 0, warnings.isEmpty { warnIfFewer(position * format.frameByteCount + bytes.count) }
        }
        let span = unsafe bytes.span.bytes
        samples.reserveCapacity(samples.count + found)
        for frame in 0..<found {
            var sum: Float = 0
            for channel in 0..<format.channels {
                sum += format.sample.load(
                    span, frame * format.frameByteCount + channel * format.sample.byteCount)
            }
            guard sum.isFinite else { throw .notFinite(path: source.path, frame: position + frame) }
            samples.append(sum / Float(format.channels))
        }
        position += found
        if isAtEnd, position == 0, warnings.isEmpty { warn("there are no samples") }
    }
}
