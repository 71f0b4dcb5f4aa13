#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How well a model predicts a text.
public struct Perplexity: Sendable {
    /// The tokens that were predicted.
    public let tokenCount: Int
    /// The sum of their cross-entropies, in nats.
    public let totalCrossEntropy: Double

    /// What was measured otherwise.
    public init(tokenCount: Int, totalCrossEntropy: Double) {
        self.tokenCount = tokenCount
        self.totalCrossEntropy = totalCrossEntropy
    }

    /// Mean cross-entropy, in nats a token.
    public var crossEntropy: Double { totalCrossEntropy / Double(tokenCount) }

    /// The exponential of ``crossEntropy``.
    public var perplexity: Double { exp(crossEntropy) }

    /// Bits for each byte of the text: comparable between models with different vocabularies.
    ///
    /// - Parameter byteCount: bytes that the predicted tokens stand for.
    public func bits(perByteOf byteCount: Int) -> Double { totalCrossEntropy / log(2) / Double(byteCount) }
}

/// How the windows lie over a text that is longer than the context.
public struct PerplexityOptions: Sendable {
    /// Tokens of a window, 2 up to the session's context.
    public var window: Int
    /// Tokens that a window is further on than the one before it, 1 up to `window - 1`. Each window predicts that many
    /// new tokens, all with at least `window - stride` tokens before them; the first one predicts all of its own.
    public var stride: Int
    /// The token that every window begins with; it is never predicted, and counts as one of the window's.
    public var start: Token?

    /// - Parameter stride: nil: half of the window.
    public init(window: Int, stride: Int? = nil, start: Token? = nil) {
        self.window = window
        self.stride = stride ?? max(1, window / 2)
        self.start = start
    }
}

extension Session {
    /// Predicts each token of a text from those before it, in windows that overlap. Forgets what the session held.
    ///
    /// With a start token all of `tokens` are predicted, else all but the first.
    ///
    /// - Parameter progress: gets, after every step, the number of predicted tokens and of all tokens.
    /// - Throws: ``SwiftletError``.
    public mutating func perplexity(
        of tokens: [Token], _ options: PerplexityOptions, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(SwiftletError) -> Perplexity {
        let window = options.window
        guard window >= 2, window <= contextLength, options.stride >= 1, options.stride < window else {
            throw SwiftletError(
                .invalidArgument,
                "windows of \(window) tokens with a stride of \(options.stride) are not possible: use 2 to "
                    + "\(contextLength) (the context) and 1 to less than the window")
        }
        let prefix = options.start.map { [$0] } ?? []
        let total = tokens.count + prefix.count - 1
        guard total >= 1 else {
            throw SwiftletError(.invalidArgument, "the text is too short to predict anything: \(tokens.count) tokens")
        }
        if let wrong = tokens.first(where: { $0 < 0 || Int($0) >= model.vocabularySize }) {
            throw SwiftletError(
                .invalidArgument, "there is no token \(wrong): the vocabulary has \(model.vocabularySize)")
        }
        // Positions count the start token: the token at 0 is never predicted.
        var sum = 0.0
        var done = 1
        while done <= total {
            let end = min(total + 1, done == 1 ? window : done + options.stride)
            let first = max(0, end - window)
            // The start token takes the place of the window's first token.
            var input = prefix + tokens[first..<end - prefix.count]
            let targets = input.suffix(end - done)
            input.removeLast()
            let context = input.count - targets.count
            rewind(to: 0)
            if context > 0 { try append(Array(input[..<context])) }
            try append(Array(input[context...])) { index, logits in
                sum += logits.crossEntropy(of: targets[targets.startIndex + index])
            }
            done = end
            progress(done - 1, total)
        }
        return Perplexity(tokenCount: total, totalCrossEntropy: sum)
    }
}

extension Span<Float> {
    /// The negative logarithm of the softmax's entry for `token`, in nats; not a number when an entry is not.
    fileprivate func crossEntropy(of token: Token) -> Double {
        var greatest = -Float.infinity
        for index in indices { greatest = max(greatest, self[index]) }
        var sum = 0.0
        for index in indices { sum += exp(Double(self[index] - greatest)) }
        return log(sum) + Double(greatest) - Double(self[Int(token)])
    }
}
