/// Keeps the times of a sound's segments and words in order: none begins before what came before it has ended, and a segment
/// begins and ends with its words.
package struct TimeOrder: Sendable {
    /// Where the last segment ended, in seconds.
    package private(set) var end = 0.0

    package init() {}

    package mutating func place(_ segment: inout TranscriptSegment) {
        segment.start = max(segment.start, end)
        var last = end
        if var words = segment.words, !words.isEmpty {
            for index in words.indices {
                words[index].start = max(words[index].start, last)
                words[index].end = max(words[index].end, words[index].start)
                last = words[index].end
            }
            segment.start = words[0].start
            segment.end = last
            segment.words = words
        }
        segment.end = max(segment.end, segment.start)
        end = segment.end
    }
}
