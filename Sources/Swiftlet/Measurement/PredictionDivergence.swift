#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How far a model's predictions are from those of another, such as a quantized model's from the original's.
///
/// As llama-perplexity's `--kl-divergence` reports it. Errors are standard errors of the mean over the predicted tokens.
public struct PredictionDivergence: Sendable {
    /// A mean and its standard error.
    public struct Estimate: Sendable {
        /// The mean.
        public let value: Double
        /// Its standard error; 0 for fewer than eleven tokens.
        public let error: Double
    }

    /// Of each predicted token, the Kullback-Leibler divergence of this model's probabilities from the original's, in nats;
    /// ascending.
    public let divergences: [Float]
    /// This model's log-probability of the text's token less the original's, in nats.
    public let logProbabilityChange: Estimate
    /// The same of probabilities.
    public let probabilityChange: Estimate
    /// The root of the mean square of what the probabilities changed by.
    public let probabilityChangeRMS: Double
    /// The share of tokens for which both models give the greatest probability to the same one.
    public let sameTop: Estimate
    /// Mean cross-entropy of this model, and of the original, in nats.
    public let crossEntropy: Estimate, baseCrossEntropy: Estimate

    /// Tokens that were predicted.
    public var tokenCount: Int { divergences.count }

    /// The mean divergence, in nats.
    public var mean: Estimate {
        var sums = Moments()
        for value in divergences { sums.add(Double(value)) }
        return sums.estimate
    }

    /// The greatest divergence.
    public var max: Float { divergences.last ?? 0 }

    /// The divergence that a share of the tokens, 0 to 1, stays below; between two tokens by interpolation.
    public func percentile(_ share: Double) -> Double {
        guard !divergences.isEmpty else { return 0 }
        let place = Swift.min(Swift.max(share, 0), 1) * Double(divergences.count - 1)
        let below = Int(place)
        let above = Swift.min(below + 1, divergences.count - 1)
        let part = place - Double(below)
        return (1 - part) * Double(divergences[below]) + part * Double(divergences[above])
    }

    /// The median divergence.
    public var median: Double { percentile(0.5) }

    /// Perplexity of this model, and of the original.
    public var perplexity: Double { exp(crossEntropy.value) }
    /// Perplexity of the original.
    public var basePerplexity: Double { exp(baseCrossEntropy.value) }
    /// This model's perplexity by the original's, with its standard error.
    public var perplexityRatio: Estimate {
        let ratio = exp(-logProbabilityChange.value)
        return Estimate(value: ratio, error: ratio * logProbabilityChange.error)
    }
}

/// Sums for a mean and its error.
struct Moments {
    private var count = 0
    private var sum = 0.0
    private var squares = 0.0

    mutating func add(_ value: Double) {
        count += 1
        sum += value
        squares += value * value
    }

    var meanSquare: Double { count > 0 ? squares / Double(count) : 0 }

    var estimate: PredictionDivergence.Estimate {
        guard count > 0 else { return PredictionDivergence.Estimate(value: 0, error: 0) }
        let mean = sum / Double(count)
        let variance = squares / Double(count) - mean * mean
        let error = variance > 0 && count > 10 ? (variance / Double(count - 1)).squareRoot() : 0
        return PredictionDivergence.Estimate(value: mean, error: error)
    }
}

/// What ``PredictionDivergence`` is made of, token by token.
struct DivergenceSums {
    /// Log-probabilities of the original at or below this are left out of the sums.
    private static let negligible: Float = -16

    private var divergences: [Float] = []
    private var logChange = Moments()
    private var change = Moments()
    private var same = Moments()
    private var entropy = Moments()
    private var baseEntropy = Moments()

    /// Adds a prediction.
    ///
    /// - Returns: whether all numbers are finite.
    mutating func add(_ logits: Span<Float>, base: StoredLogProbabilities, token: Int) -> Bool {
        let sums = logits.exponentials
        guard sums.logarithm.isFinite, base.isValid else { return false }
        // sum of p (log p - log q), log q = logit - logarithm
        var (divergence, weight) = (0.0, 0.0)
        var (baseBest, baseGreatest) = (0, -Float.infinity)
        for index in logits.indices {
            let logarithm = base.logProbability(index)
            if logarithm > baseGreatest { (baseGreatest, baseBest) = (logarithm, index) }
            guard logarithm > Self.negligible else { continue }
            let probability = Double(exp(logarithm))
            divergence += probability * Double(logarithm - logits[index])
            weight += probability
        }
        divergence += weight * sums.logarithm
        let own = Double(logits[token]) - sums.logarithm
        let original = Double(base.logProbability(token))
        divergences.append(Float(divergence))
        entropy.add(-own)
        baseEntropy.add(-original)
        logChange.add(own - original)
        change.add(exp(own) - exp(original))
        same.add(baseBest == sums.best ? 1 : 0)
        return true
    }

    var result: PredictionDivergence {
        PredictionDivergence(
            divergences: divergences.sorted(), logProbabilityChange: logChange.estimate,
            probabilityChange: change.estimate, probabilityChangeRMS: change.meanSquare.squareRoot(),
            sameTop: same.estimate, crossEntropy: entropy.estimate, baseCrossEntropy: baseEntropy.estimate)
    }
}
