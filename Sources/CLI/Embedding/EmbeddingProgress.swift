/// Counts texts on standard error while they are embedded, where that is a terminal.
final class EmbeddingProgress {
    private let isShown = StandardStream.error.isTerminal
    private let start = ContinuousClock.now
    private var lastUpdate: ContinuousClock.Instant?
    private(set) var texts = 0
    private var tokens = 0
    private var truncated = 0

    private static let interval = Duration.milliseconds(200)

    func add(texts: Int, tokens: Int, truncated: Int) {
        self.texts += texts
        self.tokens += tokens
        self.truncated += truncated
        let now = ContinuousClock.now
        guard isShown, now - (lastUpdate ?? start) >= Self.interval else { return }
        lastUpdate = now
        try? StandardStream.error.write("\r\(summary)\u{1B}[K")
    }

    /// Takes the line away.
    func clear() {
        guard lastUpdate != nil else { return }
        lastUpdate = nil
        try? StandardStream.error.write("\r\u{1B}[K")
    }

    /// Counts and speed.
    var summary: String {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let speed = Format.count(Int(Double(texts) / max(seconds, 1e-6)))
        return
            "\(Format.count(texts)) texts, \(Format.count(tokens)) tokens in \(Format.decimal(seconds, 2)) s: \(speed) texts/s"
            + (truncated > 0 ? "; \(Format.count(truncated)) texts were truncated" : "")
    }

    /// Says how many texts lost their ends, for outputs that have no place for it.
    func warnOfTruncation() {
        if truncated > 0 { StandardStream.printNote("\(Format.count(truncated)) texts were truncated") }
    }
}
