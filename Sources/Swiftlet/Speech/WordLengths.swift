/// Shortens words that an alignment stretches over a pause: at the ends of sentences, behind pauses and at the borders of
/// segments. Compares them with the window's median word.
///
/// Source: `add_word_timestamps` of openai-whisper's `timing.py`.
package struct WordLengths: Sendable {
    /// Seconds of the middle word.
    package let median: Double
    /// No word at a border is longer.
    private let longest: Double

    private static let longestMedian = 0.7
    /// A word that lies further outside of its segment's times was not found there.
    private static let tolerance = 0.5

    /// - Parameter words: all of a window.
    package init(_ words: [TranscriptWord]) {
        let lengths = words.map { $0.end - $0.start }.filter { $0 > 0 }.sorted()
        let middle = lengths.isEmpty ? 0 : (lengths[(lengths.count - 1) / 2] + lengths[lengths.count / 2]) / 2
        median = min(middle, Self.longestMedian)
        longest = 2 * median
    }

    /// The first word of a sentence does not begin in the pause before it.
    package func shortenBehindSentences(_ words: inout [TranscriptWord]) {
        guard median > 0 else { return }
        for index in words.indices.dropFirst() where Self.endsSentence(words[index - 1].text) {
            words[index].start = max(words[index].start, words[index].end - longest)
        }
    }

    /// Gives a segment its words, and their times.
    ///
    /// - Parameter silentSince: where the segment before ended, in seconds.
    package func place(_ words: [TranscriptWord], in segment: inout TranscriptSegment, silentSince: Double) {
        var words = words
        if !words.isEmpty, median > 0 {
            shortenBehindPause(&words, since: silentSince)
            // Where a word is too long, the model's time of the segment is nearer to the truth.
            let (first, last) = (0, words.count - 1)
            if segment.start < words[first].end, segment.start - Self.tolerance > words[first].start {
                words[first].start = max(words[first].start, min(words[first].end - median, segment.start))
            }
            if segment.end > words[last].start, segment.end + Self.tolerance < words[last].end {
                words[last].end = min(words[last].end, max(words[last].start + median, segment.end))
            }
        }
        if let first = words.first, let last = words.last {
            segment.start = first.start
            segment.end = last.end
        }
        segment.words = words
    }

    /// The first two words behind a pause do not begin in it.
    private func shortenBehindPause(_ words: inout [TranscriptWord], since: Double) {
        let two = words.count > 1 ? words[1].end - words[0].start : 0
        guard words[0].end - since > 4 * median, words[0].end - words[0].start > longest || two > 2 * longest else {
            return
        }
        if words.count > 1, words[1].end - words[1].start > longest {
            let touches = words[1].start <= words[0].end
            words[1].start = words[1].end - longest
            if touches { words[0].end = words[1].start }
        }
        words[0].start = max(words[0].start, words[0].end - longest)
    }

    private static func endsSentence(_ text: String) -> Bool {
        let spoken = text.last { !"\"'”’»)]}".contains($0) }
        return spoken.map { ".。!！?？".contains($0) } ?? false
    }
}
