/// How a rope is stretched to contexts longer than the model was trained with at first.
package enum RopeScaling: Sendable {
    /// Positions are divided by the factor (arXiv:2306.15595); 1: none.
    case linear(factor: Double)
    case yarn(YaRN)
    case longrope(LongRope)
    /// The base grows with the length that a sequence has reached, once that is beyond `originalLength`: by
    /// `factor * length / originalLength - (factor - 1)` to the power `rotated / (rotated - 2)`.
    case dynamicNTK(factor: Double, originalLength: Int)
}

/// YaRN (arXiv:2309.00071): slow pairs are interpolated, fast ones are not, those between in part.
package struct YaRN: Sendable {
    /// The context by the one trained with at first; up to 1 no frequency changes.
    package var factor: Double
    package var originalLength: Int
    /// Turns within the original context from which a pair is fast.
    package var betaFast = 32.0
    /// Turns within the original context up to which a pair is slow.
    package var betaSlow = 1.0
    /// Cosines and sines are multiplied by
    /// `attentionFactor * (1 + 0.1 * mscale * ln(factor)) / (1 + 0.1 * mscaleAllDimensions * ln(factor))`.
    package var mscale = 1.0
    package var mscaleAllDimensions = 0.0
    package var attentionFactor = 1.0
    /// Whether the ramp between fast and slow pairs begins and ends at whole pairs.
    package var roundsRamp = true

    package init(factor: Double, originalLength: Int) {
        self.factor = factor
        self.originalLength = originalLength
    }

    /// Of the factor, 0 where no frequency changes.
    package var logarithm: Double { factor > 1 ? Power.logarithm(factor) : 0 }

    package var magnitude: Double {
        let logarithm = 0.1 * logarithm
        return attentionFactor * (1 + mscale * logarithm) / (1 + mscaleAllDimensions * logarithm)
    }

    /// By what the frequencies of pairs are divided: between 1 and `factor`.
    package func divisor(of pair: Int, rotated: Int, base: Double) -> Double {
        guard factor > 1 else { return 1 }
        var first = self.pair(turning: betaFast, rotated: rotated, base: base)
        var last = self.pair(turning: betaSlow, rotated: rotated, base: base)
        if roundsRamp { (first, last) = (first.rounded(.down), last.rounded(.up)) }
        first = max(0, first)
        last = min(Double(rotated - 1), last)
        let ramp = min(max((Double(pair) - first) / max(0.001, last - first), 0), 1)
        return 1 / (ramp / factor + (1 - ramp))
    }

    /// The pair that makes this number of turns within the original context.
    private func pair(turning turns: Double, rotated: Int, base: Double) -> Double {
        Double(rotated) * Power.logarithm(Double(originalLength) / (turns * 2 * .pi)) / (2 * Power.logarithm(base))
    }
}

/// LongRoPE (arXiv:2402.13753): each pair's frequency is divided by a factor of its own, of one table or another.
package struct LongRope: Sendable {
    /// When the long factors apply.
    package enum Choice: Sendable, BitwiseCopyable {
        /// Where the interpreter's context is longer than the original: the same for all of a session.
        case context
        /// From the token on with which a sequence is longer than the original. Keys before it keep the short factors.
        case length
    }

    /// `[rotated / 2]`
    package let short: NamedVector
    /// `[rotated / 2]`
    package let long: NamedVector
    package let originalLength: Int
    /// Multiplies cosines and sines: `sqrt(1 + ln(context / originalLength) / ln(originalLength))`.
    package let attentionFactor: Double
    package let choice: Choice

    package init(
        short: NamedVector, long: NamedVector, originalLength: Int, attentionFactor: Double, choice: Choice
    ) {
        self.short = short
        self.long = long
        self.originalLength = originalLength
        self.attentionFactor = attentionFactor
        self.choice = choice
    }
}
