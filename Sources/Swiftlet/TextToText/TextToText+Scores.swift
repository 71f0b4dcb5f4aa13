internal import Graph
internal import Interpreter
internal import Models
internal import Tensors
internal import Tokenizers

extension TextToText {
    /// How probable the model thinks a given target is: the log-probability of each of its tokens, in nats, given those before
    /// it.
    ///
    /// - Parameters:
    ///   - target: without the start token; see ``targetTokens(of:)``.
    ///   - source: see ``sourceTokens(of:)``.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `contextFull` or `cancelled`.
    public mutating func logProbabilities(
        of target: [Token], given source: [Token]
    ) throws(SwiftletError) -> [Double] {
        guard !target.isEmpty else { throw SwiftletError(.invalidArgument, "the target has no tokens") }
        if let wrong = target.first(where: { $0 < 0 || Int($0) >= model.vocabularySize }) {
            throw SwiftletError(
                .invalidArgument, "there is no token \(wrong): the vocabulary has \(model.vocabularySize)")
        }
        try core.encode(source)
        try core.decode([startToken] + target.dropLast(), keepsAll: true)
        let kernels = core.kernels
        return core.mapLogits(target.count) { row, logits in
            Double(logits[Int(target[row])]) - LogitRow(logits, kernels).logSum
        }
    }

    /// A text as the model takes it: with the tokens that the task puts around it.
    public func sourceTokens(of text: String) -> [Token] { frame.source(text, model) }

    /// A text as the model is to give it: with the language that the task asks for, and the end.
    public func targetTokens(of text: String) -> [Token] { frame.target(text, model) }

    /// Which tokens of a source each token of a target comes from, by cross-attention: the one with the greatest mean weight
    /// over the heads of the last decoder layer but one (arXiv:1909.02074), while the token was predicted.
    ///
    /// - Parameters:
    ///   - target: a result's tokens.
    ///   - text: the source, in one piece.
    /// - Returns: pairs of places in `target` and ``sourceTokens(of:)``, for tokens that are text, by rising target.
    /// - Throws: ``SwiftletError``, as ``logProbabilities(of:given:)``.
    public mutating func alignment(
        of target: [Token], to text: String
    ) throws(SwiftletError) -> [(target: Int, source: Int)] {
        let source = sourceTokens(of: text)
        let range = frame.range(of: text, in: source, model)
        guard !target.isEmpty, !range.isEmpty else { return [] }
        let attentions = core.crossAttentions
        guard let attention = attentions.dropLast(attentions.count > 1 ? 1 : 0).last else { return [] }
        try core.encode(source)
        let heads = (0..<attention.heads.queries).map { AttentionHead(attention: attention.out, head: $0) }
        let weights = try core.crossAttention(of: [startToken] + target.dropLast(), heads: heads)
        let kinds = model.tokenizer.vocabulary
        return target.indices.compactMap { place in
            guard kinds.contains(target[place]), kinds.kind(of: target[place]) != .control else { return nil }
            var best = (source: range.lowerBound, weight: -Float.infinity)
            for position in range {
                let weight = heads.indices.reduce(Float(0)) { sum, head in
                    sum + weights[(head * target.count + place) * source.count + position]
                }
                if weight > best.weight { best = (position, weight) }
            }
            return (place, best.source)
        }
    }
}
