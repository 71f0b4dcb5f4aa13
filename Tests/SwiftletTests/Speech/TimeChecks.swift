import Swiftlet

/// Invariants of the times of every transcript.
enum TimeChecks {
    /// The first contradiction; nil where there is none.
    ///
    /// - Parameter duration: of the sound, in seconds.
    static func contradiction(in segments: [TranscriptSegment], duration: Double) -> String? {
        var end = 0.0
        for segment in segments {
            if segment.start < end { return "\(segment) begins before \(end)" }
            if segment.end < segment.start || segment.end > duration { return "\(segment) ends wrongly" }
            end = segment.start
            for word in segment.words ?? [] {
                if word.start < end || word.end < word.start || word.end > segment.end {
                    return "\(word) in \(segment), behind \(end)"
                }
                end = word.end
            }
            end = segment.end
        }
        return nil
    }
}
