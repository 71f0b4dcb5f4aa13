/// How the next token is chosen from the logits.
///
/// The filters work in this order, as in llama.cpp: top-k, top-p, min-p, then the temperature.
public struct SamplingOptions: Sendable, Equatable {
    /// Divides the logits; 0 takes the most probable token always (greedy).
    public var temperature: Float = 0.8
    /// Keeps the `topK` most probable tokens; 0 keeps all.
    public var topK = 40
    /// Keeps the most probable tokens that together have this probability (arXiv:1904.09751); 1 keeps all.
    public var topP: Float = 0.95
    /// Keeps tokens with at least this part of the most probable one's probability (arXiv:2407.01082); 0 keeps all.
    public var minP: Float = 0.05
    /// The same seed gives the same text; nil: a new one every time.
    public var seed: UInt64?

    /// The defaults.
    public init() {}

    /// Always the most probable token.
    public static var greedy: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = 0
        return options
    }

    func validate() throws(SwiftletError) {
        func check(_ valid: Bool, _ name: String, _ found: Float, _ range: String) throws(SwiftletError) {
            guard valid else { throw SwiftletError(.invalidArgument, "\(name) is \(found): use \(range)") }
        }
        try check(temperature >= 0 && temperature.isFinite, "the temperature", temperature, "0 (greedy) or more")
        try check(topK >= 0, "top-k", Float(topK), "0 (all) or more")
        try check(topP > 0 && topP <= 1, "top-p", topP, "a number above 0 and up to 1 (all)")
        try check(minP >= 0 && minP <= 1, "min-p", minP, "0 (all) to 1")
    }
}
