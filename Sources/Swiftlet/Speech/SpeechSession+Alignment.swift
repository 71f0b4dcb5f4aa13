internal import Graph
internal import Interpreter

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
        let weights = try core.crossAttention(
            of: tokens,
            heads: heads.map { AttentionHead(attention: core.crossAttentions[$0.layer].out, head: $0.head) })
        return CrossAttention(
            headCount: heads.count, tokenCount: tokens.count, positionCount: audioPositions, weights: weights)
    }
}
