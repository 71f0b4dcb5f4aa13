/// Cuts a window's text at its times.
///
/// Source: `transcribe` of openai-whisper's `transcribe.py`.
package struct WindowSegments: Sendable, Equatable {
    /// Times are frames from the window's start.
    package struct Piece: Sendable, Equatable {
        package var start: Double
        package var end: Double
        /// Places in the window's tokens.
        package var tokens: Range<Int>

        package init(start: Double, end: Double, tokens: Range<Int>) {
            self.start = start
            self.end = end
            self.tokens = tokens
        }
    }

    package private(set) var pieces: [Piece] = []
    /// Frames to the next window's start: behind the last segment that is whole.
    package private(set) var advance: Int

    /// A smaller advance would transcribe the same again.
    package static let minAdvance = 20

    /// - Parameter frames: those of the window that hold sound.
    package init(_ tokens: [Token], frames: Int, _ special: SpeechTokens) {
        advance = frames
        func time(_ place: Int) -> Double {
            min(special.seconds(tokens[place]).map { $0 * Self.frameRate } ?? 0, Double(frames))
        }
        func isTime(_ place: Int) -> Bool {
            tokens.indices.contains(place) && special.timestamps.contains(tokens[place])
        }
        // Where one segment's end is followed by the next one's start.
        var cuts = tokens.indices.filter { isTime($0) && isTime($0 - 1) }
        let endsWithOne = isTime(tokens.count - 1) && !isTime(tokens.count - 2)
        guard !cuts.isEmpty else {
            let first = tokens.indices.first(where: isTime).map(time) ?? 0
            let last = tokens.indices.last(where: isTime).map(time) ?? 0
            let isTimed = isTime(0) && last > first
            add(Piece(start: isTime(0) ? first : 0, end: isTimed ? last : Double(frames), tokens: tokens.indices))
            return
        }
        if endsWithOne { cuts.append(tokens.count) }
        var start = 0
        for cut in cuts {
            add(Piece(start: time(start), end: time(cut - 1), tokens: start..<cut))
            start = cut
        }
        // After the last cut begins a segment that continues beyond the window.
        if !endsWithOne { advance = min(frames, max(Self.minAdvance, Int(time(start - 1)))) }
    }

    private mutating func add(_ piece: Piece) {
        if piece.end > piece.start { pieces.append(piece) }
    }

    private static let frameRate = 100.0
}
