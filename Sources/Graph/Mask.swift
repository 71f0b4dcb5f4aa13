/// Which positions of its sequence a token attends to.
package enum Mask: Sendable, Hashable, BitwiseCopyable {
    /// Those up to its own.
    case causal
    /// All.
    case bidirectional
    /// Those at most `radius` away, on either side (local attention, arXiv:2004.05150).
    case window(radius: Int)
    /// All, the less the farther away: head h of n takes `slope(h, n) * distance` off its scores (ALiBi,
    /// arXiv:2108.12409, in the symmetric form of arXiv:2310.19923). The slopes are powers of 2^(-`greatest` / n).
    case alibi(greatest: Float)

    /// Pairs of a token and a position that it attends to, of `count` tokens after `past` others.
    package func pairs(past: Int, count: Int) -> Int {
        switch self {
        case .causal: return count * past + count * (count + 1) / 2
        case .bidirectional, .alibi: return count * (past + count)
        case .window(let radius):
            let last = past + count - 1
            return (past..<past + count).reduce(0) { sum, position in
                let back = min(radius, position)
                return sum + back + 1 + min(radius, last - position)
            }
        }
    }

    /// What a head takes off its scores for each position of distance; nil where distance does not count.
    ///
    /// A number of heads that is no power of two, n + m with n the greatest below, has the slopes of n heads, and then
    /// every second one of 2 n heads.
    package func slope(head: Int, of heads: Int) -> Float? {
        guard case .alibi(let greatest) = self else { return nil }
        var whole = 1
        while whole * 2 <= heads { whole *= 2 }
        let exponent =
            head < whole ? Double(head + 1) / Double(whole) : Double(2 * (head - whole) + 1) / Double(2 * whole)
        return Float(Power.of(2, -Double(greatest) * exponent))
    }
}
