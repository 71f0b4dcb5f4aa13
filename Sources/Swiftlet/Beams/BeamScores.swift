/// Changes the scores of a hypothesis's next tokens by the rules of ``BeamOptions``, in transformers' order.
struct BeamScores: Sendable {
    /// Max tokens of a hypothesis, without those before it.
    let maxTokens: Int
    /// Tokens that end a hypothesis.
    let ends: [Token]
    private let options: BeamOptions
    private let context: [Token]

    /// - Parameter context: the tokens before a hypothesis's own: the start token and what the target begins with, or a prompt.
    init(_ options: BeamOptions, maxTokens: Int, ends: [Token], context: [Token]) {
        self.options = options
        self.maxTokens = maxTokens
        self.ends = ends
        self.context = context
    }

    /// What a target begins with.
    var prefix: [Token] { options.prefix }

    /// The tokens that ``adjust(_:after:)`` forbids, where it does nothing else; nil where it may.
    func forbiddenAlone(after tokens: [Token]) -> [Token]? {
        guard options.repetitionPenalty == 1, options.noRepeatNgram == 0, forcedFirst(tokens) == nil,
            forcedLast(tokens) == nil
        else { return nil }
        return options.suppressed + (tokens.count < options.minTokens ? ends : [])
    }

    private func forcedFirst(_ tokens: [Token]) -> Token? {
        tokens.isEmpty && context.count == 1 ? options.forcedFirst : nil
    }

    private func forcedLast(_ tokens: [Token]) -> Token? {
        tokens.count == maxTokens - 1 ? options.forcedLast : nil
    }

    /// - Parameters:
    ///   - scores: `[vocabularySize]`.
    ///   - tokens: the hypothesis's own.
    func adjust(_ scores: inout [Float], after tokens: [Token]) {
        let text = context + tokens
        if options.repetitionPenalty != 1 { penalize(&scores, text) }
        for token in repeatingTokens(text) { forbid(token, &scores) }
        if tokens.count < options.minTokens { for token in ends { forbid(token, &scores) } }
        if let first = forcedFirst(tokens) { force(first, &scores) }
        if let last = forcedLast(tokens) { force(last, &scores) }
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
