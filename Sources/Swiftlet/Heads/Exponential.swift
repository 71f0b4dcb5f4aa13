#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Probabilities of logits.
enum Exponential {
    static func softmax(_ logits: [Float]) -> [Float] {
        let greatest = logits.max() ?? 0
        let weights = logits.map { exp(Double($0 - greatest)) }
        let sum = weights.reduce(0, +)
        return weights.map { Float($0 / sum) }
    }

    static func logistic(_ logit: Float) -> Float { Float(1 / (1 + exp(-Double(logit)))) }
}
