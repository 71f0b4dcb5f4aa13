/// Changes the logits of single tokens before any is chosen: the bias, the penalties, and ends that would come too early.
///
/// It is stateless and gets the whole text every time: a text that is drafted, checked and taken back needs no
/// care. A step costs a copy of the logits and the length of the penalties' window.
struct LogitAdjuster: Sendable {
    private let options: SamplingOptions
    /// Tokens that cannot come while the text has fewer than `from` tokens.
    private var ends: (tokens: [Token], from: Int) = ([], 0)
    /// How often each token came in the window; all 0 between two calls.
    private var counts: [Int32] = []

    init(_ options: SamplingOptions) {
        self.options = options
    }

    /// Rules `tokens` out while the text, the prompt included, has fewer than `count` tokens.
    mutating func forbid(_ tokens: [Token], before count: Int) { ends = (tokens, count) }

    /// Whether ``adjust(_:after:)`` would change anything.
    func isNeeded(textCount: Int) -> Bool {
        !options.logitBias.isEmpty || (options.penalizes && textCount > 0) || textCount < ends.from
    }

    /// - Parameters:
    ///   - logits: `[vocabularySize]`.
    ///   - text: the prompt and what was generated.
    mutating func adjust(_ logits: inout [Float], after text: [Token]) {
        for (token, bias) in options.logitBias where logits.indices.contains(Int(token)) {
            logits[Int(token)] += bias
        }
        if options.penalizes { penalize(&logits, text) }
        if text.count < ends.from {
            for token in ends.tokens where logits.indices.contains(Int(token)) { logits[Int(token)] = -.infinity }
        }
    }

    private mutating func penalize(_ logits: inout [Float], _ text: [Token]) {
        if counts.count != logits.count { counts = [Int32](repeating: 0, count: logits.count) }
        let first = options.penaltyWindow < 0 ? 0 : max(0, text.count - options.penaltyWindow)
        for index in first..<text.count where counts.indices.contains(Int(text[index])) {
            counts[Int(text[index])] += 1
        }
        for index in first..<text.count where counts.indices.contains(Int(text[index])) {
            let token = Int(text[index])
            let count = counts[token]
            guard count > 0 else { continue }
            counts[token] = 0
            let logit = logits[token]
            logits[token] =
                (logit > 0 ? logit / options.repetitionPenalty : logit * options.repetitionPenalty)
                - Float(count) * options.frequencyPenalty - options.presencePenalty
        }
    }
}
