internal import Graph
internal import Interpreter
internal import Tensors

extension SpeechSession {
    /// How much each of some tokens attends to each position of the sound, in some heads: what the times of words are found
    /// by. Computes all tokens in one step of a new sequence; hypotheses and logits stay as they are.
    ///
    /// - Parameters:
    ///   - tokens: from the start of a hypothesis on, at most ``SpeechModel/textContext``.
    ///   - heads: those whose attention follows the sound; which they are differs from model to model.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `contextFull`, `cancelled` or `outOfMemory`.
    public mutating func crossAttention(
        of tokens: [Token], heads: [CrossAttentionHead]
    ) throws(SwiftletError) -> CrossAttention {
        try checkSound()
        for one in heads {
            guard (0..<model.decoderLayers).contains(one.layer), (0..<model.decoderHeads).contains(one.head) else {
                throw SwiftletError(
                    .invalidArgument,
                    "there is no head \(one.head) in layer \(one.layer): the decoder has \(model.decoderLayers) layers of "
                        + "\(model.decoderHeads) heads")
            }
        }
        guard !heads.isEmpty, !tokens.isEmpty else {
            throw SwiftletError(
                .invalidArgument, "attention of \(tokens.count) tokens in \(heads.count) heads is nothing")
        }
        let positions = audioPositions
        let sequence = decoder.open()
        defer { decoder.close(sequence: sequence) }
        var weights: [Float] = []
        weights.reserveCapacity(heads.count * tokens.count * positions)
        do throws(InterpreterError) {
            try decoder.attentionWeights(
                of: tokens.span,
                heads: heads.map { AttentionHead(attention: model.crossAttentions[$0.layer], head: $0.head) },
                sequence: sequence, vocabulary: model.vocabularySize, cross: encoder.crossCache
            ) { rows in
                for row in 0..<rows.rows {
                    rows.withRow(row) { row in for i in 0..<positions { weights.append(row[i]) } }
                }
            }
        } catch {
            throw SwiftletError(error)
        }
        return CrossAttention(
            headCount: heads.count, tokenCount: tokens.count, positionCount: positions, weights: weights)
    }
}
