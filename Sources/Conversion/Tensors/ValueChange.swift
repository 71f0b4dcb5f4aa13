#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a stored tensor's values become, in float32.
enum ValueChange: Sendable {
    /// `-exp(x)`: a state space's decay, which is stored as the logarithm of its amount.
    case negatedExponential
    /// A constant is added: a norm's weight, which is stored as its distance from 1.
    case plus(Float)

    func value(_ x: Float) -> Float {
        switch self {
        case .negatedExponential: Float(-exp(Double(x)))
        case .plus(let constant): x + constant
        }
    }
}
