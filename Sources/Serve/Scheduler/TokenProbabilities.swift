import Foundation
import Swiftlet

/// Log-probabilities of tokens: the log-softmax of a row of logits.
struct TokenProbabilities {
    private let logits: [Float]
    /// The logarithm of the sum of the exponentials.
    private let norm: Float

    init(_ row: Span<Float>) {
        var logits: [Float] = []
        logits.reserveCapacity(row.count)
        for index in row.indices { logits.append(row[index]) }
        let most = logits.reduce(-Float.infinity) { $1 > $0 ? $1 : $0 }
        let sum = logits.reduce(0.0) { $0 + (($1 - most).isNaN ? 0 : Double(exp($1 - most))) }
        self.logits = logits
        norm = most + Float(log(sum))
    }

    /// A token with its log-probability and the `count` most probable ones.
    func info(_ token: Token, top count: Int) -> TokenInfo {
        var info = TokenInfo(token: token, logProbability: logProbability(Int(token)))
        var best: [(index: Int, logit: Float)] = []
        for (index, logit) in logits.enumerated() where count > 0 && !logit.isNaN {
            guard best.count < count || logit > best[best.count - 1].logit else { continue }
            let place = best.firstIndex { logit > $0.logit } ?? best.count
            best.insert((index, logit), at: place)
            if best.count > count { best.removeLast() }
        }
        info.top = best.map { (Token(truncatingIfNeeded: $0.index), logProbability($0.index)) }
        return info
    }

    /// Finite always: JSON has no infinity.
    private func logProbability(_ index: Int) -> Float {
        guard logits.indices.contains(index) else { return -9999 }
        let value = logits[index] - norm
        return value.isFinite ? value : -9999
    }
}
