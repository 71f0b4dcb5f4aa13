/// Which frames of a window sound.
struct SpokenFrames: Sendable {
    private let isLoud: [Bool]
    /// A shorter pause is part of a word.
    private static let minPause = 8
    private static let minContrast: Float = 0.8
    private static let share: Float = 0.35

    /// - Parameter loudness: of each frame, log10 of a power.
    init(_ loudness: [Float]) {
        let sorted = loudness.sorted()
        guard let last = sorted.last else {
            isLoud = []
            return
        }
        let low = sorted[sorted.count / 20]
        let high = sorted[min(sorted.count - 1, sorted.count * 19 / 20)]
        let threshold = low + share(of: high - low)
        isLoud = loudness.map { last - low < Self.minContrast || $0 > threshold }
        func share(of contrast: Float) -> Float { Self.share * contrast }
    }

    /// How many of some frames sound.
    func count(in frames: Range<Int>) -> Int { frames.clamped(to: isLoud.indices).count { isLoud[$0] } }

    /// Without the pauses at both ends: the way through a matrix of attention puts them to the word before or behind them.
    func trimmed(_ frames: Range<Int>) -> Range<Int> {
        let known = frames.clamped(to: isLoud.indices)
        guard let first = known.first(where: { isLoud[$0] }), let last = known.last(where: { isLoud[$0] }) else {
            return frames
        }
        let start = first - frames.lowerBound >= Self.minPause ? first : frames.lowerBound
        let end = frames.upperBound - last > Self.minPause ? last + 1 : frames.upperBound
        return start..<max(start, end)
    }
}
