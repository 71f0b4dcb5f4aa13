import Swiftlet

/// Writes segments as they come, and shows on a terminal how far the work is and how fast.
final class TranscriptPrinter {
    private let format: TranscriptFormat
    private let file: OutputFile?
    private let bar: ProgressBar
    private let label: String
    private let start = ContinuousClock.now
    private var count = 0
    private var failure: Failure?
    /// The head of the output. Written with the first segment, or at the end: a file that cannot be read leaves nothing.
    private var head: String

    /// - Parameters:
    ///   - head: nil: the format's own.
    ///   - file: nil: standard output.
    init(_ format: TranscriptFormat, label: String, head: String? = nil, to file: OutputFile? = nil) {
        self.format = format
        self.label = label
        self.file = file
        self.head = head ?? format.head()
        bar = ProgressBar(label)
    }

    private func write(_ text: String) throws(Failure) {
        let text = head + text
        head = ""
        if let file { try file.write(Array(text.utf8)) } else { try StandardStream.output.write(text) }
    }

    /// Writes a segment; false when that is not possible.
    func print(_ segment: TranscriptSegment) -> Bool {
        bar.clear()
        do throws(Failure) {
            try write(format.text(of: segment, index: count))
            count += 1
            return true
        } catch {
            failure = error
            return false
        }
    }

    func show(_ progress: TranscriptionProgress) {
        // A transcript on the terminal shows by itself how far it is.
        guard let total = progress.total, file != nil || !StandardStream.output.isTerminal else { return }
        bar.update(Int(progress.seconds * 100), of: Int(total * 100))
    }

    func end(_ result: Transcription) throws(Failure) {
        bar.clear()
        if let failure { throw failure }
        try write(format.tail(result))
        try file?.finish()
        result.warnings.forEach(StandardStream.printWarning)
        guard bar.isShown else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let factor = result.duration > 0 ? seconds / result.duration : 0
        StandardStream.printNote(
            "\(label): \(Format.decimal(result.duration, 1)) s of sound in \(Format.decimal(seconds, 1)) s, "
                + "real-time factor \(Format.decimal(factor, 3))")
    }

    /// Ends JSON that has begun, or that an array needs, when its sound cannot be transcribed to the end.
    func end(error: String, inArray: Bool) {
        bar.clear()
        // A failed write is reported by the error that stops the command.
        if inArray || head.isEmpty { try? write(format.tail(error: error)) }
    }

    /// Takes the line that shows how far the work is away.
    func clear() { bar.clear() }
}
