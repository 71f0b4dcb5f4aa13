internal import Interpreter
package import Tensors

/// The interface between decoding and a ``SpeechSession``; tests replace it by a script.
package protocol SpeechEngine: ~Copyable {
    var model: SpeechModel { get }
    /// Max number of hypotheses.
    var capacity: Int { get }
    var kernels: Kernels { get }
    mutating func encode(mel: [Float], audioContext: Int?) throws(SwiftletError)
    /// Goes back to one hypothesis without a token.
    mutating func reset()
    /// Takes in tokens of the one hypothesis there is, and leaves a row of logits.
    mutating func prefill(_ tokens: [Token]) throws(SwiftletError)
    /// Takes in one token of each hypothesis, and leaves a row of logits for each.
    ///
    /// - Parameter exact: each row is bit-identical to that of a step of its own.
    mutating func decodeEach(_ tokens: [Token], exact: Bool) throws(SwiftletError)
    /// Hypothesis i becomes what `parents[i]` is; rows of logits stay.
    mutating func reorder(_ parents: [Int]) throws(SwiftletError)
    /// What `body` makes of each of the first `count` rows of logits, in the rows' order; `body` runs on all threads.
    func mapLogits<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ logits: Span<Float>) -> Result
    ) -> [Result]
    mutating func crossAttention(
        of tokens: [Token], heads: [CrossAttentionHead]
    ) throws(SwiftletError) -> CrossAttention
}

extension SpeechEngine where Self: ~Copyable {
    /// A copy of the first row of logits.
    package func firstLogits() -> LogitRow {
        let kernels = kernels
        return mapLogits(1) { LogitRow($1, kernels) }.first ?? LogitRow(values: [], kernels)
    }
}

extension SpeechSession: SpeechEngine {
    package var kernels: Kernels { core.decoder.kernels }

    package mutating func prefill(_ tokens: [Token]) throws(SwiftletError) { try decode(tokens) }

    package mutating func decodeEach(_ tokens: [Token], exact: Bool) throws(SwiftletError) {
        try core.decodeEach(tokens, exact ? .gemv : .fastest)
    }

    package func mapLogits<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ logits: Span<Float>) -> Result
    ) -> [Result] {
        let rows = core.decoder.result
        return core.decoder.pool.map(count: min(count, core.logitsRows), piece: 1) { row, _ in
            rows.withRow(row) { body(row, $0) }
        }
    }
}
