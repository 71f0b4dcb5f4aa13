#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The logits of one step, which rules change before a token is taken. What is no number is impossible.
struct LogitRow {
    var values: [Float] = []

    mutating func forbid(_ tokens: Range<Int>) {
        for token in tokens.clamped(to: values.indices) { values[token] = -.infinity }
    }

    mutating func forbid(_ token: Token) {
        if values.indices.contains(Int(token)) { values[Int(token)] = -.infinity }
    }

    /// The greatest logit of a range; -infinity when nothing in it is possible.
    func greatest(in range: Range<Int>) -> Float {
        var greatest = -Float.infinity
        for index in range.clamped(to: values.indices) where values[index] > greatest { greatest = values[index] }
        return greatest
    }

    /// The logarithm of the sum of a range's exponentials; -infinity when nothing in it is possible.
    func logSum(in range: Range<Int>, temperature: Float = 1) -> Double {
        let greatest = greatest(in: range)
        guard greatest > -.infinity, greatest < .infinity else { return Double(greatest) }
        var sum = 0.0
        for index in range.clamped(to: values.indices) {
            let distance = (values[index] - greatest) / temperature
            // What is further away than this cannot be told from 0 beside the greatest.
            if distance > -30 { sum += Double(exp(distance)) }
        }
        return Double(greatest / temperature) + log(sum)
    }

    /// The logarithm of the sum of all exponentials.
    var logSum: Double { logSum(in: values.indices) }

    /// The greatest, the first of equals; nil when nothing is possible.
    var best: Token? {
        var best: Int?
        var greatest = -Float.infinity
        for index in values.indices where values[index] > greatest {
            greatest = values[index]
            best = index
        }
        return best.map(Token.init)
    }

    /// The greatest ones in order, the first of equals first; fewer where fewer are possible.
    func best(_ count: Int) -> [Token] {
        var found: [Int] = []
        for index in values.indices where values[index] > -.infinity {
            if found.count == count, let last = found.last, values[index] <= values[last] { continue }
            let place = found.firstIndex { values[$0] < values[index] } ?? found.count
            found.insert(index, at: place)
            if found.count > count { found.removeLast() }
        }
        return found.map(Token.init)
    }

    /// A token drawn by probability; nil when nothing is possible.
    func drawn(temperature: Double, _ random: inout RandomSource) -> Token? {
        let temperature = Float(temperature)
        let sum = logSum(in: values.indices, temperature: temperature)
        guard sum.isFinite else { return best }
        var rest = random.uniform()
        var last: Int?
        for index in values.indices {
            let distance = Double(values[index] / temperature) - sum
            guard distance > -40 else { continue }
            last = index
            rest -= exp(distance)
            if rest < 0 { break }
        }
        return last.map(Token.init)
    }

    /// The probability of a token among those of a range.
    func probability(of token: Token, in range: Range<Int>) -> Double {
        guard values.indices.contains(Int(token)) else { return 0 }
        let probability = exp(Double(values[Int(token)]) - logSum(in: range))
        return probability.isFinite ? probability : 0
    }
}
