internal import Graph
internal import Interpreter
internal import Tensors

/// The program that gives the weights of some heads, and what it runs in.
struct Alignment: ~Copyable {
    let heads: [CrossAttentionHead]
    var interpreter: Interpreter
}

extension SpeechSession {
    /// How much each of some tokens attends to each position of the sound, in some heads: what the times of words are found
    /// by. Computes all tokens anew, in one step, and leaves the hypotheses as they are.
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
        if alignment?.heads != heads { alignment = nil }
        var alignment = if let made = self.alignment.take() { made } else { try makeAlignment(heads) }
        let part: InlineArray<1, SequencePart> = [SequencePart(count: tokens.count, outputs: .none)]
        alignment.interpreter.truncate(to: 0)
        do throws(InterpreterError) {
            try alignment.interpreter.step(
                tokens.span, parts: part.span, vocabulary: model.vocabularySize, memory: encoder.memory)
        } catch {
            throw SwiftletError(error)
        }
        let positions = audioPositions
        var weights = [Float](repeating: 0, count: heads.count * tokens.count * positions)
        let rows = alignment.interpreter.result
        for token in tokens.indices {
            rows.withRow(token) { row in
                for head in heads.indices {
                    let start = (head * tokens.count + token) * positions
                    for i in 0..<positions { weights[start + i] = row[head * model.audioContext + i] }
                }
            }
        }
        self.alignment = consume alignment
        return CrossAttention(
            headCount: heads.count, tokenCount: tokens.count, positionCount: positions, weights: weights)
    }

    private func makeAlignment(_ heads: [CrossAttentionHead]) throws(SwiftletError) -> Alignment {
        var settings = try Self.settings(model, options, encoder.cancellation)
        settings.stepTokens = model.textContext
        settings.memoryCapacity = model.audioContext
        return Alignment(heads: heads, interpreter: try Self.interpreter(model.alignment(heads), settings))
    }
}
