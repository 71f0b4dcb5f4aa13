internal import Audio

/// Turns speech to text. One thread at a time; any number of transcribers share a ``SpeechModel``.
///
/// ```swift
/// var transcriber = try Transcriber(SpeechModel(path: "ggml-tiny.bin"))
/// try transcriber.transcribe(path: "talk.wav") { segment in
///     print(segment.start, segment.end, segment.text)
///     return true
/// }
/// ```
///
/// Sound goes through the model in windows of 30 s, each from the end of the last segment that the one before held whole.
/// Memory does not grow with the sound.
///
/// With ``TranscriptionOptions/shortensWindows`` a window of less sound is cut to 3 s of silence behind the sound, which
/// encodes faster. The result is taken only if no fallback is due, the model ended the text itself, and no time in it lies
/// behind the sound; otherwise the whole window is encoded. Some words still come out otherwise, as models were trained
/// with silence up to the end of the window.
public struct Transcriber: ~Copyable {
    /// The model it runs.
    public let model: SpeechModel
    /// How it works.
    public let options: TranscriptionOptions
    private var core: TranscriptionCore<SpeechSession>

    /// Samples a second of what ``append(_:onSegment:)`` takes.
    public static let sampleRate = 16_000

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public init(
        _ model: SpeechModel, _ options: TranscriptionOptions = TranscriptionOptions()
    ) throws(SwiftletError) {
        try options.check(model)
        var options = options
        options.language = try options.languageCode(model)
        let core = try TranscriptionCore(SpeechSession(model, options.session), options)
        self.model = model
        self.options = options
        self.core = core
    }

    /// Threads that take part.
    public var threadCount: Int { core.engine.threadCount }

    /// The instruction set in use.
    public var instructionSet: String { core.engine.instructionSet }

    /// Stops a transcription from any thread: it throws an error with the code `cancelled`. Segments that came before are
    /// valid; ``reset()`` makes the transcriber ready for another sound.
    public var cancellation: SessionCancellation { core.engine.cancellation }

    // MARK: Files

    /// Transcribes a file, forgetting any sound from before.
    ///
    /// - Parameters:
    ///   - path: a WAV file, of any rate and up to 64 channels; "-" is standard input.
    ///   - raw: the form of the samples of a file without a header.
    ///   - onProgress: is called for each second of sound, or more often.
    ///   - onSegment: gets each segment as soon as its window is done. Returns whether to go on.
    /// - Throws: ``SwiftletError``: `file` for one that cannot be read or is no sound; `cancelled`; `outOfMemory`. Segments
    ///   that came before are valid. A file with less sound than its header promises is read as far as it goes, see
    ///   ``Transcription/warnings``.
    @discardableResult
    public mutating func transcribe(
        path: String, raw: RawAudio? = nil, onProgress: (TranscriptionProgress) -> Void = { _ in },
        onSegment: (TranscriptSegment) -> Bool
    ) throws(SwiftletError) -> Transcription {
        try reset()
        var sound = try Sound(path: path, raw: raw)
        var samples: [Float] = []
        while core.result.isComplete, try sound.read(into: &samples) {
            try append(samples, onSegment: onSegment)
            onProgress(TranscriptionProgress(seconds: core.secondsDone, total: sound.duration))
        }
        var result = try finish(onSegment: onSegment)
        result.warnings = sound.warnings
        return result
    }

    // MARK: Streams

    /// Takes in sound, and transcribes each window as it fills.
    ///
    /// - Parameters:
    ///   - samples: ``sampleRate`` a second, one channel, full scale being 1; any number of them.
    ///   - onSegment: gets each segment as soon as its window is done. Returns whether to go on: after false, sound is
    ///     ignored until ``reset()``.
    /// - Throws: ``SwiftletError``: `invalidArgument` for samples that are no numbers, `cancelled`.
    public mutating func append(
        _ samples: [Float], onSegment: (TranscriptSegment) -> Bool
    ) throws(SwiftletError) {
        if let place = samples.firstIndex(where: { !$0.isFinite }) {
            throw SwiftletError(.invalidArgument, "sample \(place) is infinite or not a number")
        }
        // Each second on its own: a spectrogram of an hour at once would be large.
        for start in stride(from: 0, to: samples.count, by: Self.sampleRate) {
            let end = min(start + Self.sampleRate, samples.count)
            try core.append(samples.span.extracting(start..<end), onSegment)
        }
    }

    /// The sound ends here: transcribes what is left. Call ``reset()`` before the next sound.
    ///
    /// - Throws: ``SwiftletError`` with the code `cancelled`.
    @discardableResult
    public mutating func finish(onSegment: (TranscriptSegment) -> Bool) throws(SwiftletError) -> Transcription {
        try core.finish(onSegment)
        return core.result
    }

    /// Forgets the sound so far.
    ///
    /// - Throws: ``SwiftletError`` with the code `model`, which a model that came this far does not cause.
    public mutating func reset() throws(SwiftletError) { try core.reset() }

    /// The text of some sound, all segments together.
    ///
    /// - Parameter samples: see ``append(_:onSegment:)``.
    /// - Throws: as ``append(_:onSegment:)``.
    public mutating func segments(of samples: [Float]) throws(SwiftletError) -> [TranscriptSegment] {
        try reset()
        var segments: [TranscriptSegment] = []
        func take(_ segment: TranscriptSegment) -> Bool {
            segments.append(segment)
            return true
        }
        try append(samples, onSegment: take)
        try finish(onSegment: take)
        return segments
    }
}

/// A file's sound at the models' rate.
struct Sound: ~Copyable {
    private var reader: AudioReader
    private var resampler: Resampler
    private var isFinished = false

    /// Read at once: of 64 channels and 64 bits 32 MB.
    private static let maxFrames = 1 << 16

    init(path: String, raw: RawAudio?) throws(SwiftletError) {
        do throws(AudioError) {
            let reader = try AudioReader(path: path, raw: raw?.format())
            resampler = try Resampler(from: reader.format.sampleRate, to: Transcriber.sampleRate)
            self.reader = reader
        } catch {
            throw SwiftletError(error)
        }
    }

    /// Seconds; nil for a stream.
    var duration: Double? { reader.frameCount.map { Double($0) / Double(reader.format.sampleRate) } }

    var warnings: [String] { reader.warnings }

    /// The next second, or less of a high rate; false at the end.
    mutating func read(into samples: inout [Float]) throws(SwiftletError) -> Bool {
        guard !isFinished else { return false }
        samples.removeAll(keepingCapacity: true)
        var frames: [Float] = []
        do throws(AudioError) {
            try reader.read(min(reader.format.sampleRate, Self.maxFrames), into: &frames)
        } catch {
            throw SwiftletError(error)
        }
        if frames.isEmpty {
            resampler.finish(into: &samples)
            isFinished = true
        } else {
            resampler.resample(frames.span, into: &samples)
        }
        return true
    }
}
