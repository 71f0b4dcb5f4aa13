import Swiftlet

/// Prints segments as they come, and on a terminal how far the work is and how fast.
final class TranscriptPrinter {
    private let format: TranscriptFormat
    private let bar: ProgressBar
    private let label: String
    private let start = ContinuousClock.now
    private var count = 0
    private var failure: Failure?

    init(_ format: TranscriptFormat, label: String) {
        self.format = format
        self.label = label
        bar = ProgressBar(label)
    }

    func begin() throws(Failure) { try StandardStream.output.write(format.head) }

    /// Prints a segment; false when nobody reads it.
    func print(_ segment: TranscriptSegment) -> Bool {
        bar.clear()
        do throws(Failure) {
            try StandardStream.output.write(format.text(of: segment, index: count))
            count += 1
            return true
        } catch {
            failure = error
            return false
        }
    }

    func show(_ progress: TranscriptionProgress) {
        // A transcript on the terminal shows by itself how far it is.
        guard let total = progress.total, !StandardStream.output.isTerminal else { return }
        bar.update(Int(progress.seconds * 100), of: Int(total * 100))
    }

    func end(_ result: Transcription) throws(Failure) {
        bar.clear()
        if let failure { throw failure }
        try StandardStream.output.write(format.tail(result))
        guard bar.isShown else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let factor = result.duration > 0 ? seconds / result.duration : 0
        StandardStream.printNote(
            "\(label): \(Format.decimal(result.duration, 1)) s of sound in \(Format.decimal(seconds, 1)) s, "
                + "real-time factor \(Format.decimal(factor, 3))")
    }
}
