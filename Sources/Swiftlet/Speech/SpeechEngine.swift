/// What decoding needs of a ``SpeechSession``; tests put a script in its place.
package protocol SpeechEngine: ~Copyable {
    var model: SpeechModel { get }
    /// Most hypotheses.
    var capacity: Int { get }
    mutating func encode(mel: [Float], audioContext: Int?) throws(SwiftletError)
    /// Goes back to one hypothesis without a token.
    mutating func reset()
    /// Takes in tokens of the one hypothesis there is, and leaves a row of logits.
    mutating func prefill(_ tokens: [Token]) throws(SwiftletError)
    /// Takes in one token of each hypothesis, and leaves a row of logits for each.
    mutating func decodeEach(_ tokens: [Token]) throws(SwiftletError)
    /// Hypothesis i becomes what `parents[i]` is; rows of logits stay.
    mutating func reorder(_ parents: [Int]) throws(SwiftletError)
    /// Writes a row of logits over `logits`.
    func copyLogits(_ row: Int, into logits: inout [Float])
    mutating func crossAttention(
        of tokens: [Token], heads: [CrossAttentionHead]
    ) throws(SwiftletError) -> CrossAttention
}

extension SpeechSession: SpeechEngine {
    package mutating func prefill(_ tokens: [Token]) throws(SwiftletError) { try decode(tokens) }

    package func copyLogits(_ row: Int, into logits: inout [Float]) {
        _ = withLogits(row) { values in
            if logits.count != values.count { logits = [Float](repeating: 0, count: values.count) }
            for index in values.indices { logits[index] = values[index] }
        }
    }
}
