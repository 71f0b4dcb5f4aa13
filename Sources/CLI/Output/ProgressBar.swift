/// A line on standard error that shows how far long work is; nothing where that is no terminal.
final class ProgressBar {
    private let label: String
    /// Whether there is a terminal to draw on.
    let isShown = StandardStream.error.isTerminal
    private let start = ContinuousClock.now
    private var lastUpdate: ContinuousClock.Instant?

    private static let width = 30
    private static let interval = Duration.milliseconds(100)

    init(_ label: String) {
        self.label = label
    }

    /// Redraws the bar, at most every tenth of a second.
    func update(_ done: Int, of total: Int) {
        guard isShown, total > 0 else { return }
        let now = ContinuousClock.now
        if let lastUpdate, now - lastUpdate < Self.interval, done < total { return }
        lastUpdate = now
        let share = min(max(Double(done) / Double(total), 0), 1)
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        let seconds = (now - start) / .seconds(1)
        let left = done > 0 ? "  \(Format.duration(seconds / share - seconds)) left" : ""
        try? StandardStream.error.write("\r\(label) [\(bar)] \(Format.percent(share))\(left)\u{1B}[K")
    }

    /// Takes the line away.
    func clear() {
        guard isShown, lastUpdate != nil else { return }
        lastUpdate = nil
        try? StandardStream.error.write("\r\u{1B}[K")
    }
}
