package import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The logits of one step, `[vocabularySize]`, which rules change before a token is taken. NaN counts as impossible.
package struct LogitRow: Sendable {
    package var values: [Float]
    private let kernels: Kernels

    package init(values: [Float], _ kernels: Kernels = .best) { self.init(values.span, kernels) }

    package init(_ logits: Span<Float>, _ kernels: Kernels) {
        self.kernels = kernels
        values = [Float](repeating: -.infinity, count: logits.count)
        var span = values.mutableSpan
        for index in logits.indices where !logits[index].isNaN { span[index] = logits[index] }
    }

    mutating func subtract(_ value: Float) {
        for index in values.indices { values[index] -= value }
    }

    package mutating func forbid(_ tokens: Range<Int>) {
        for token in tokens.clamped(to: values.indices) { values[token] = -.infinity }
    }

    package mutating func forbid(_ token: Token) {
        if values.indices.contains(Int(token)) { values[Int(token)] = -.infinity }
    }

    /// The greatest logit of a range; -infinity when nothing in it is possible.
    package func greatest(in range: Range<Int>) -> Float {
        kernels.greatest(values.span.extracting(range.clamped(to: values.indices)))
    }

    /// The logarithm of the sum of a range's exponentials; -infinity when nothing in it is possible.
    package func logSum(in range: Range<Int>) -> Double {
        Self.logSum(
            values.span.extracting(range.clamped(to: values.indices)), greatest: greatest(in: range), kernels)
    }

    /// - Parameter greatest: of the logits.
    static func logSum(_ logits: Span<Float>, greatest: Float, _ kernels: Kernels) -> Double {
        guard greatest.isFinite else { return Double(greatest) }
        return Double(greatest) + log(kernels.sumOfExponentials(logits, high: greatest, factor: 1))
    }

    /// The logarithm of the sum of all exponentials.
    package var logSum: Double { logSum(in: values.indices) }

    /// The greatest, the first of equals; nil when nothing is possible.
    package var best: Token? {
        let greatest = greatest(in: values.indices)
        guard greatest > -.infinity else { return nil }
        return values.firstIndex(of: greatest).map(Token.init)
    }

    /// The greatest ones in order, the first of equals first; fewer where fewer are possible.
    package func best(_ count: Int) -> [Token] { Self.best(count, of: values.span, kernels) }

    /// The greatest of some logits in order; NaN counts as impossible.
    static func best(_ count: Int, of logits: Span<Float>, _ kernels: Kernels) -> [Token] {
        var found: [Int] = []
        var least = -Float.infinity
        for first in stride(from: 0, to: logits.count, by: block) {
            let end = min(first + block, logits.count)
            guard kernels.greatest(logits.extracting(first..<end)) > least else { continue }
            for index in first..<end where logits[index] > least {
                let place = found.firstIndex { logits[$0] < logits[index] } ?? found.count
                found.insert(index, at: place)
                if found.count > count { found.removeLast() }
                if found.count == count, let last = found.last { least = logits[last] }
            }
        }
        return found.map(Token.init)
    }

    /// Logits that are looked through together.
    private static let block = 512

    /// The probability of a token among those of a range.
    package func probability(of token: Token, in range: Range<Int>) -> Double {
        guard values.indices.contains(Int(token)) else { return 0 }
        let probability = exp(Double(values[Int(token)]) - logSum(in: range))
        return probability.isFinite ? probability : 0
    }

    /// Logits of `exp(x / temperature)`, summed up to draw from; nil when nothing can be drawn.
    package func draws(temperature: Double) -> Draws? {
        let greatest = greatest(in: values.indices)
        let factor = Float(1 / temperature)
        guard greatest.isFinite, factor.isFinite, factor > 0 else { return nil }
        return Draws(values, greatest, factor, kernels)
    }

    /// The sums of a row's exponentials, block by block: a draw looks into one block alone.
    package struct Draws {
        private let values: [Float]
        private let greatest: Float
        private let factor: Float
        private let sums: [Double]
        private static let block = 512

        fileprivate init(_ values: [Float], _ greatest: Float, _ factor: Float, _ kernels: Kernels) {
            self.values = values
            self.greatest = greatest
            self.factor = factor
            let span = values.span
            sums = stride(from: 0, to: values.count, by: Self.block).map { first in
                let block = span.extracting(first..<min(first + Self.block, values.count))
                return kernels.sumOfExponentials(block, high: greatest, factor: factor)
            }
        }

        /// The token at a place of the distribution, `0..<1`.
        package func token(at place: Double) -> Token? {
            var rest = place * sums.reduce(0, +)
            // Rounding may leave something behind the last block: then it is that block's last token.
            guard let lastBlock = sums.lastIndex(where: { $0 > 0 }) else { return nil }
            var block = 0
            while block < lastBlock, rest >= sums[block] {
                rest -= sums[block]
                block += 1
            }
            var last: Token?
            for index in block * Self.block..<min((block + 1) * Self.block, values.count) {
                let weight = exp(Double((values[index] - greatest) * factor))
                guard weight > 0 else { continue }
                last = Token(index)
                rest -= weight
                if rest < 0 { break }
            }
            return last
        }
    }
}
