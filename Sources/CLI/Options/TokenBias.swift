import ArgumentParser
import Swiftlet

/// A token and what its logit gets added, as `15043=+1.5` or `15043=-inf`.
struct TokenBias: ExpressibleByArgument {
    let token: Token
    let value: Float

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let token = Token(parts[0]), let value = Float(parts[1]) else { return nil }
        self.token = token
        self.value = value
    }

    /// Biases as `15043=+1.5,2=-inf`; `none`: no bias. Nil for any other text.
    static func biases(_ text: String) -> [Token: Float]? {
        guard text != "none" else { return [:] }
        var biases: [Token: Float] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let bias = TokenBias(argument: String(part)) else { return nil }
            biases[bias.token] = bias.value
        }
        return biases
    }

    /// The text that ``biases(_:)`` reads.
    static func text(_ biases: [Token: Float]) -> String {
        guard !biases.isEmpty else { return "none" }
        return biases.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
