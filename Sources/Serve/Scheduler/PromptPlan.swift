/// In what steps a prompt is computed, so that its logits are bit-identical to those of a ``Session``.
///
/// A session takes a prompt in by entries of `stepTokens`; the last one is shorter. An entry of few tokens is computed
/// by other kernels than one of many. So each token is computed as part of the entry that a session would have it in, in
/// whatever chunks it comes; and a cached token is of use where the same kernels computed it.
package struct PromptPlan: Sendable, Equatable {
    /// Tokens of the prompt.
    package let count: Int
    /// The first tokens, which are computed by the kernels for many: those that another prompt can share.
    package let uniformCount: Int
    private let stepTokens: Int
    private let sharesPrefixes: Bool

    /// - Parameters:
    ///   - count: at least one.
    ///   - stepTokens: of a session.
    ///   - uniformTokens: ``Engine/uniformTokens``.
    ///   - sharesPrefixes: whether prompts of any length have equal states for equal first tokens.
    package init(count: Int, stepTokens: Int, uniformTokens: Int, sharesPrefixes: Bool = true) {
        self.count = count
        self.stepTokens = stepTokens
        self.sharesPrefixes = sharesPrefixes
        let last = (count - 1) % stepTokens + 1
        uniformCount = last >= min(uniformTokens, stepTokens) ? count : count - last
    }

    /// How many tokens of a cached prefix are kept. The last token's logits are wanted: it is computed always.
    ///
    /// - Parameter common: tokens that the prompt has in common with the first, uniform ones of another.
    package func reusable(common: Int) -> Int {
        sharesPrefixes ? min(common, uniformCount, count - 1) : 0
    }

    /// The next tokens to compute.
    ///
    /// - Parameters:
    ///   - done: tokens that are there; less than ``count``.
    ///   - budget: max number of tokens; at least one.
    /// - Returns: their range, and the tokens of the session's entry that they are computed as a part of.
    package func next(after done: Int, budget: Int) -> (range: Range<Int>, wholeCount: Int) {
        let limit = done < uniformCount ? uniformCount : count
        let end = min(limit, done + max(1, budget))
        return (done..<end, done < uniformCount ? stepTokens : count - uniformCount)
    }
}
