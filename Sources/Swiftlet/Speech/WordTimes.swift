/// Finds when words are said, by what the decoder listens to when it gives them.
///
/// Source: `timing.py` of openai-whisper: the weights of some heads' attention to the sound, normalized over the tokens and
/// smoothed over time, averaged over heads, and the dearest monotonic way through them. Unlike there, windows do not depend
/// on it: words end where the next window begins.
struct WordTimes: Sendable {
    private let model: SpeechModel
    private let heads: [CrossAttentionHead]

    private static let maxHeads = 24
    private static let medianReach = 3

    init(_ model: SpeechModel, _ options: TranscriptionOptions) {
        self.model = model
        heads = options.alignmentHeads ?? model.alignmentHeads ?? Self.upperHeads(model)
    }

    /// All heads of the upper half of the layers; for a large model, every n-th of them.
    private static func upperHeads(_ model: SpeechModel) -> [CrossAttentionHead] {
        let all = (model.decoderLayers / 2..<model.decoderLayers).flatMap { layer in
            (0..<model.decoderHeads).map { CrossAttentionHead(layer: layer, head: $0) }
        }
        let step = (all.count + maxHeads - 1) / maxHeads
        return stride(from: 0, to: all.count, by: max(step, 1)).map { all[$0] }
    }

    /// Gives segments their words.
    ///
    /// - Parameters:
    ///   - cut: the segments' places in the window's text, and how much of the window they take.
    ///   - prompt: what asks for the text.
    ///   - silentSince: where the segment before the window's first ended, in seconds.
    func find<Engine: SpeechEngine & ~Copyable>(
        in segments: inout [TranscriptSegment], _ cut: WindowSegments, _ text: Hypothesis,
        _ window: SpeechWindows.Window, prompt: [Token], silentSince: Double, _ windows: SpeechWindows,
        _ engine: inout Engine
    ) throws(SwiftletError) {
        let special = model.tokens
        let places = cut.pieces.map { piece in piece.tokens.filter { text.tokens[$0] < special.endOfText } }
        let spoken = places.joined().map { text.tokens[$0] }
        guard !spoken.isEmpty else { return }
        let attention = try engine.crossAttention(
            of: prompt + [special.noTimestamps] + spoken + [special.endOfText], heads: heads)
        // The audio after the last complete segment is transcribed again in the next window.
        let columns = min(attention.positionCount, (min(window.count, cut.advance) + 1) / 2)
        // A token's weights are those with which the one before it was taken in.
        let rows = prompt.count..<prompt.count + spoken.count + 1
        let costs = Self.costs(attention, rows: rows, columns: columns)
        let starts = DynamicTimeWarping.firstColumns(costs, rows: rows.count, columns: columns)
        let sound = SpokenFrames(windows.loudness(of: window))
        var first = 0
        var words: [TranscriptWord] = []
        let counts = places.map { places in
            let split = WordSplit.words(places.map { text.tokens[$0] }, model)
            var place = places.startIndex
            for word in split {
                let next = place + word.tokenCount
                let tokens = places[place..<next].map { text.tokens[$0] }
                let sum = places[place..<next].reduce(0) { $0 + text.probability(of: $1) }
                let range = WordSplit.spoken(tokens, model)
                let frames = sound.trimmed(
                    2 * starts[first + range.lowerBound]..<2 * starts[first + range.upperBound])
                words.append(
                    TranscriptWord(
                        text: word.text, start: Double(window.lowerBound + frames.lowerBound) / 100,
                        end: Double(window.lowerBound + frames.upperBound) / 100,
                        probability: sum / Double(word.tokenCount)))
                first += word.tokenCount
                place = next
            }
            return split.count
        }
        let lengths = WordLengths(words)
        lengths.shortenBehindSentences(&words)
        var (start, end) = (0, silentSince)
        for (index, count) in counts.enumerated() {
            lengths.place(Array(words[start..<start + count]), in: &segments[index], silentSince: end)
            if count > 0 { end = segments[index].end }
            start += count
        }
    }

    // MARK: The matrix

    /// Cost of aligning a token with a position: `[rows, columns]`.
    private static func costs(_ attention: CrossAttention, rows: Range<Int>, columns: Int) -> [Float] {
        var costs = [Float](repeating: 0, count: rows.count * columns)
        var head = [Float](repeating: 0, count: attention.tokenCount * columns)
        for index in 0..<attention.headCount {
            for token in 0..<attention.tokenCount {
                let source = (index * attention.tokenCount + token) * attention.positionCount
                // As if the sound ended where the window's does.
                var sum: Float = 0
                for column in 0..<columns { sum += attention.weights[source + column] }
                let scale = sum > 0 ? 1 / sum : 0
                for column in 0..<columns {
                    head[token * columns + column] = attention.weights[source + column] * scale
                }
            }
            normalize(&head, rows: attention.tokenCount, columns: columns)
            for (row, token) in rows.enumerated() {
                let values = median(head[token * columns..<(token + 1) * columns])
                for column in 0..<columns { costs[row * columns + column] -= values[column] }
            }
        }
        return costs
    }

    /// Each column to the mean 0 and the deviation 1: what all tokens listen to tells nothing.
    private static func normalize(_ values: inout [Float], rows: Int, columns: Int) {
        for column in 0..<columns {
            var (sum, squares) = (0.0, 0.0)
            for row in 0..<rows { sum += Double(values[row * columns + column]) }
            let mean = sum / Double(rows)
            for row in 0..<rows {
                let distance = Double(values[row * columns + column]) - mean
                squares += distance * distance
            }
            let deviation = (squares / Double(rows)).squareRoot()
            let scale = deviation > 0 ? 1 / deviation : 0
            for row in 0..<rows {
                values[row * columns + column] = Float((Double(values[row * columns + column]) - mean) * scale)
            }
        }
    }

    /// The median of each value and its neighbours; beyond the ends lies the mirror image.
    private static func median(_ values: ArraySlice<Float>) -> [Float] {
        let count = values.count
        guard count > medianReach else { return Array(values) }
        var near = [Float](repeating: 0, count: 2 * medianReach + 1)
        return (0..<count).map { place in
            for offset in -medianReach...medianReach {
                var index = abs(place + offset)
                if index >= count { index = 2 * (count - 1) - index }
                // Sorted as they come.
                var slot = offset + medianReach
                let value = values[values.startIndex + index]
                while slot > 0, near[slot - 1] > value {
                    near[slot] = near[slot - 1]
                    slot -= 1
                }
                near[slot] = value
            }
            return near[medianReach]
        }
    }
}
