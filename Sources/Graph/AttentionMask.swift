/// Which positions of its sequence a token attends to: at most `back` before its own and `ahead` behind it; nil: all. With a
/// `chunk`, none before the last multiple of it up to its own.
package struct AttentionMask: Sendable, Hashable, BitwiseCopyable {
    package let back: Int?
    package let ahead: Int?
    package let chunk: Int?

    package init(back: Int?, ahead: Int?, chunk: Int? = nil) {
        self.back = back
        self.ahead = ahead
        self.chunk = chunk
    }

    /// Those up to its own.
    package static let causal = AttentionMask(back: nil, ahead: 0)
    /// All.
    package static let bidirectional = AttentionMask(back: nil, ahead: nil)

    /// Those at most `radius` away, on either side (local attention, arXiv:2004.05150).
    package static func window(radius: Int) -> AttentionMask { AttentionMask(back: radius, ahead: radius) }

    /// The last `length`, its own included (arXiv:2310.06825).
    package static func sliding(length: Int) -> AttentionMask { AttentionMask(back: length - 1, ahead: 0) }

    /// Those of its chunk, up to its own. Chunks have `length` positions.
    package static func chunked(length: Int) -> AttentionMask {
        AttentionMask(back: length - 1, ahead: 0, chunk: length)
    }

    /// The positions, out of `count`, that `position` attends to.
    package func positions(from position: Int, count: Int) -> Range<Int> {
        let begin = max(back.map { max(0, position - $0) } ?? 0, chunk.map { position / $0 * $0 } ?? 0)
        let end = ahead.map { min(count, position + $0 + 1) } ?? count
        return begin..<max(begin, end)
    }

    /// Pairs of a token and a position that it attends to, of `count` tokens after `past` others.
    package func pairs(past: Int, count: Int) -> Int {
        switch (back, ahead) {
        case (nil, 0): count * past + count * (count + 1) / 2
        case (nil, nil): count * (past + count)
        default: (past..<past + count).reduce(0) { $0 + positions(from: $1, count: past + count).count }
        }
    }
}

extension AttentionMask: CustomStringConvertible {
    package var description: String {
        switch (back, ahead) {
        case (nil, 0): "causal"
        case (nil, nil): "bidirectional"
        case _ where chunk != nil: "chunks of \(chunk ?? 0)"
        default: "window of \(back.map(String.init) ?? "all") back, \(ahead.map(String.init) ?? "all") ahead"
        }
    }
}
