/// Changes the scores of a hypothesis's next tokens by the rules of ``BeamOptions``, in transformers' order.
struct BeamScores {
    private let options: BeamOptions
    private let maxTokens: Int
    private let ends: [Token]
    private let start: Token

    init(_ options: BeamOptions, maxTokens: Int, ends: [Token], start: Token) {
        self.options = options
        self.maxTokens = maxTokens
        self.ends = ends
        self.start = start
    }

    /// - Parameters:
    ///   - scores: `[vocabularySize]`.
    ///   - tokens: the hypothesis's, without the start token.
    func adjust(_ scores: inout [Float], after tokens: [Token]) {
        let text = [start] + tokens
        if options.repetitionPenalty != 1 { penalize(&scores, text) }
        for token in repeatingTokens(text) { forbid(token, &scores) }
        if tokens.count < options.minTokens { for token in ends { forbid(token, &scores) } }
        if tokens.isEmpty, let first = options.forcedFirst { force(first, &scores) }
        if tokens.count == maxTokens - 1, let last = options.forcedLast { force(last, &scores) }
        for token in options.suppressed { forbid(token, &scores) }
    }

    private func forbid(_ token: Token, _ scores: inout [Float]) {
        if scores.indices.contains(Int(token)) { scores[Int(token)] = -.infinity }
    }

    private func force(_ token: Token, _ scores: inout [Float]) {
        guard scores.indices.contains(Int(token)) else { return }
        for index in scores.indices { scores[index] = -.infinity }
        scores[Int(token)] = 0
    }

    private func penalize(_ scores: inout [Float], _ text: [Token]) {
        for token in Set(text) where scores.indices.contains(Int(token)) {
            let score = scores[Int(token)]
            scores[Int(token)] = score < 0 ? score * options.repetitionPenalty : score / options.repetitionPenalty
        }
    }

    /// Tokens that would end a run which was there before.
    private func repeatingTokens(_ text: [Token]) -> [Token] {
        let size = options.noRepeatNgram
        guard size > 0, text.count >= size else { return [] }
        let end = text.suffix(size - 1)
        return (0...text.count - size).compactMap { first in
            text[first..<first + size - 1].elementsEqual(end) ? text[first + size - 1] : nil
        }
    }
}
