/// Sound from a WAV file or of raw samples, as mono float32 at the file's rate, read in pieces: memory does not grow with
/// the file.
///
/// Several channels become their mean.
package struct AudioReader: ~Copyable {
    package let format: AudioFormat
    /// Frames that the file says it has; nil of a stream.
    package let frameCount: Int?
    /// Frames that were read so far.
    package private(set) var position = 0
    private var source: ByteSource

    /// Opens a WAV file; "-" is standard input.
    ///
    /// - Parameter raw: the form of the samples in a file without a header.
    /// - Throws: ``AudioError``.
    package init(path: String, raw: AudioFormat? = nil) throws(AudioError) {
        var source = path == "-" ? ByteSource(descriptor: 0, label: "standard input") : try ByteSource(path: path)
        if let raw {
            if let bytes = source.byteCount, bytes % raw.frameByteCount != 0 {
                throw .malformed(
                    path: source.path,
                    what: "its \(bytes) bytes are no whole number of frames of \(raw.frameByteCount)",
                    offset: bytes)
            }
            format = raw
            frameCount = source.byteCount.map { $0 / raw.frameByteCount }
        } else {
            let header = try WaveHeader(&source)
            format = header.format
            frameCount = header.dataByteCount.map { $0 / header.format.frameByteCount }
        }
        self.source = source
    }

    /// Appends the next frames, at most `most`; none at the end.
    ///
    /// - Throws: ``AudioError`` for a file that ends before its header said, and for samples that are no numbers.
    package mutating func read(_ most: Int, into samples: inout [Float]) throws(AudioError) {
        let wanted = min(most, frameCount.map { $0 - position } ?? most)
        guard wanted > 0 else { return }
        let bytes = try source.read(wanted * format.frameByteCount)
        let found = bytes.count / format.frameByteCount
        if frameCount != nil, found < wanted {
            throw .malformed(path: source.path, what: "the file ends within its samples", offset: source.offset)
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
    }
}
