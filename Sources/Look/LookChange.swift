package import Swiftlet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What becomes of a text's predictions without some parts of the model, or in another file of it.
package struct LookChange {
    struct Row {
        let position: Int
        let token: Token
        /// Logarithms of the token's probability.
        let before: Double
        let after: Double
    }

    /// Tokens of the text that are predicted, with both probabilities.
    private(set) var rows: [Row] = []
    /// Of each layer's result, the greatest distance of the two runs relative to its length.
    private(set) var distances: [Double] = []

    /// Without some heads and layers.
    package init(
        _ subject: LookSubject, _ trace: Trace, _ model: Model, ablating parts: [AblatedPart], _ options: TraceOptions
    ) throws(SwiftletError) {
        var options = options
        options.ablations = parts
        options.keepsAttention = false
        try compare(trace, model, subject.trace(model, options), model, options)
    }

    /// In another file.
    package init(
        _ subject: LookSubject, _ trace: Trace, _ model: Model, other: Model, _ options: TraceOptions
    ) throws(SwiftletError) {
        guard model.vocabularySize == other.vocabularySize, model.hiddenSize == other.hiddenSize,
            model.architecture == other.architecture
        else {
            throw SwiftletError(
                .invalidArgument,
                "\(other.path) is no other file of the same model: \(other.architecture) of \(other.vocabularySize) tokens and "
                    + "\(other.hiddenSize) columns, not \(model.architecture) of \(model.vocabularySize) and \(model.hiddenSize)"
            )
        }
        var options = options
        options.keepsAttention = false
        try compare(trace, model, subject.trace(other, options), other, options)
    }

    private mutating func compare(
        _ first: Trace, _ model: Model, _ second: Trace, _ other: Model, _ options: TraceOptions
    ) throws(SwiftletError) {
        let (a, b) = (first.main, second.main)
        guard a.layerCount == b.layerCount, a.hiddenSize == b.hiddenSize, a.count == b.count else {
            throw SwiftletError(
                .invalidArgument,
                "\(other.path) has \(b.layerCount) layers, \(model.path) has \(a.layerCount): they are no files of one model"
            )
        }
        distances = (0...a.layerCount).map { Self.distance(a, b, after: $0) }
        guard a.isDecoder, a.tokens.count > 1 else { return }
        let range = 0..<a.tokens.count - 1
        var lens = try LogitLens(model, options.runtime)
        let before = try lens.read(a, layers: [a.layerCount], positions: range, top: 1)[0]
        var otherLens = try LogitLens(other, options.runtime)
        let after = try otherLens.read(b, layers: [b.layerCount], positions: range, top: 1)[0]
        rows = zip(before, after).map { before, after in
            Row(
                position: before.position + 1, token: a.tokens[before.position + 1], before: before.target ?? 0,
                after: after.target ?? 0)
        }
    }

    /// The greatest distance of two rows, divided by the length of the first.
    private static func distance(_ a: StageTrace, _ b: StageTrace, after layer: Int) -> Double {
        let (one, other) = (a.hiddenStates(after: layer), b.hiddenStates(after: layer))
        var worst = 0.0
        for row in 0..<a.count {
            let (first, second) = (one.startIndex + row * a.hiddenSize, other.startIndex + row * a.hiddenSize)
            var (difference, length) = (0.0, 0.0)
            for column in 0..<a.hiddenSize {
                let (x, y) = (Double(one[first + column]), Double(other[second + column]))
                difference += (x - y) * (x - y)
                length += x * x
            }
            worst = max(worst, length > 0 ? (difference / length).squareRoot() : 0)
        }
        return worst
    }

    /// The exponential of the mean surprisal.
    func perplexity(_ logarithm: (Row) -> Double) -> Double {
        exp(-rows.reduce(0) { $0 + logarithm($1) } / Double(max(1, rows.count)))
    }
}
