internal import Audio
internal import Interpreter
internal import Tensors

extension SpeechModel {
    /// Runs a window of sound and the tokens that it became through the model, and keeps what both stages compute.
    ///
    /// - Parameters:
    ///   - mel: the log-mel spectrogram, `[melBands, frames]`, two frames for each of `positions`.
    ///   - positions: of the window, 20 ms each; nil: ``audioContext``.
    ///   - target: from the start of the transcript on.
    /// - Throws: ``SwiftletError``, as ``Model/trace(_:_:)``.
    public func trace(
        mel: [Float], positions: Int? = nil, target: [Token], _ options: TraceOptions = TraceOptions()
    ) throws(SwiftletError) -> Trace {
        let positions = positions ?? audioContext
        let bands = melBands
        let frames = mel.count / bands
        guard (1...audioContext).contains(positions), mel.count % bands == 0, frames >= 2 * positions else {
            throw SwiftletError(
                .invalidArgument,
                "a window of \(positions) positions needs \(2 * positions) frames of \(bands) bands and at most "
                    + "\(audioContext) positions, found \(mel.count) values")
        }
        try model.check(target, limit: textContext, "the transcript")
        return try model.traceBoth([], count: positions, target: target, options) {
            interpreter throws(InterpreterError) in
            try interpreter.step(count: positions) { rows in
                for frame in 0..<rows.rows {
                    for band in 0..<bands { rows[frame, band] = mel[band * frames + frame] }
                }
            }
        }
    }

    /// The spectrogram of the first window of some sound, `[melBands, 2 * positions]`, silence behind its end.
    ///
    /// - Parameters:
    ///   - samples: ``Transcriber/sampleRate`` a second.
    ///   - positions: of the window, 20 ms each; nil: ``audioContext``.
    /// - Throws: ``SwiftletError`` with the code `model` for filters of another size.
    public func spectrogram(_ samples: [Float], positions: Int? = nil) throws(SwiftletError) -> [Float] {
        guard let filters = MelFilters(bands: melBands, melFilters) else {
            throw SwiftletError(
                .model, "\(path): filters of \(melBins) frequencies are not those of a speech model")
        }
        var mel = MelSpectrogram(filters)
        mel.append(samples.span)
        mel.finish()
        return mel.window(from: 0, count: 2 * (positions ?? audioContext))
    }

    /// The samples of the first window of a file, ``Transcriber/sampleRate`` a second.
    ///
    /// - Parameter path: a WAV file, of any rate and up to 64 channels; "-" is standard input.
    /// - Throws: ``SwiftletError`` with the code `file`.
    public func firstWindow(path: String) throws(SwiftletError) -> [Float] {
        var sound = try Sound(path: path, raw: nil)
        let count = audioContext * Transcriber.sampleRate / 50
        var (samples, more): ([Float], [Float]) = ([], [])
        while samples.count < count, try sound.read(into: &more) { samples += more }
        return Array(samples.prefix(count))
    }

    /// What the decoder reads for a window whose text is known: the tokens that steer it, then the text's.
    public func targetToTrace(_ text: [Token], language: String? = nil) -> [Token] {
        var target = [tokens.startOfTranscript]
        if isMultilingual {
            let known = language.flatMap { tokens.language($0) } ?? tokens.languages.first?.token
            target += (known.map { [$0] } ?? []) + [tokens.transcribe]
        }
        let plain = text.filter { $0 < tokens.timestamps.lowerBound && $0 != tokens.endOfText }
        return target + [tokens.noTimestamps] + plain + [tokens.endOfText]
    }
}
