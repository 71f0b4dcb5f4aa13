/// In what steps a prompt is computed, so that its logits are bit-identical to those of a ``Session``.
///
/// A prompt of few tokens is computed by other kernels than one of many. So each token is computed as a part of its whole
/// prompt, in whatever chunks it comes; and a cached token is of use where the same kernels computed it.
package struct PromptPlan: Sendable, Equatable {
    /// Tokens of the prompt.
    package let count: Int
    /// The first tokens, which are computed by the kernels for many: those that another prompt can share.
    package let uniformCount: Int
    private let sharesPrefixes: Bool

    /// - Parameters:
    ///   - count: at least one.
    ///   - uniformTokens: ``Engine/uniformTokens``.
    ///   - sharesPrefixes: whether prompts of any length have equal states for equal first tokens.
    package init(count: Int, uniformTokens: Int, sharesPrefixes: Bool = true) {
        self.count = count
        self.sharesPrefixes = sharesPrefixes
        uniformCount = count >= uniformTokens ? count : 0
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
    package func next(after done: Int, budget: Int) -> Range<Int> {
        done..<min(count, done + max(1, budget))
    }
}
