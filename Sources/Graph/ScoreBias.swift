internal import Tensors

/// A bias that attention adds to its scores, by head and distance.
package enum ScoreBias: Sendable {
    /// `-slope(head) * distance` (ALiBi, arXiv:2108.12409; with both directions alike, arXiv:2310.19923). The slopes are
    /// powers of `2^(-maxBias / heads)`.
    case alibi(maxBias: Float)
    /// An entry of `[buckets, heads]` for the bucket of the distance (T5, arXiv:1910.10683; MPNet, arXiv:2004.09297). Half of
    /// the buckets are for one distance each, the others grow up to `maxDistance`. Where attention is bidirectional, the
    /// second half of all is for positions ahead.
    case relative(NamedMatrix, bidirectional: Bool, maxDistance: Int)
    /// Scores of tokens with relative positions.
    case disentangled(DisentangledBias)
}

/// A score bias of a graph; attentions of several layers may share it.
package struct HeadBias: Sendable {
    package let bias: ScoreBias
    package let heads: Int
    package let mask: AttentionMask

    /// Whether the other one has the same values.
    package func isSame(_ other: HeadBias) -> Bool {
        guard heads == other.heads, mask == other.mask else { return false }
        return switch (bias, other.bias) {
        case (.alibi(let a), .alibi(let b)): a == b
        case (.relative(let a, let isBidirectional, let distance), .relative(let b, let other, let otherDistance)):
            a.matrix.address == b.matrix.address && isBidirectional == other && distance == otherDistance
        case (.disentangled(let a), .disentangled(let b)): a.isSame(as: b)
        default: false
        }
    }
}

extension ScoreBias {
    /// The slope of an ALiBi head: its score falls by it for each position of distance.
    ///
    /// A number of heads that is no power of two, n + m with n the highest below, has the slopes of n heads, and then every
    /// second one of 2 n heads.
    package static func slope(maxBias: Float, head: Int, of heads: Int) -> Float {
        var whole = 1
        while whole * 2 <= heads { whole *= 2 }
        let exponent =
            head < whole ? Double(head + 1) / Double(whole) : Double(2 * (head - whole) + 1) / Double(2 * whole)
        return Float(Power.of(2, -Double(maxBias) * exponent))
    }

    /// The bucket of a distance, a key's position less the query's, of `buckets`.
    ///
    /// Logarithms are rounded as T5's are, or distances at a bucket's edge would fall into another.
    package static func bucket(_ distance: Int, of buckets: Int, bidirectional: Bool, maxDistance: Int) -> Int {
        let count = bidirectional ? buckets / 2 : buckets
        let first = bidirectional && distance > 0 ? count : 0
        let size = bidirectional ? abs(distance) : max(0, -distance)
        let exact = count / 2
        guard size >= exact else { return first + size }
        let logarithm = Float(Power.logarithm(Double(Float(size) / Float(exact))))
        let range = Float(Power.logarithm(Double(maxDistance) / Double(exact)))
        let grown = exact + Int(logarithm / range * Float(count - exact))
        return first + min(grown, count - 1)
    }

    /// - Throws: ``GraphError/shapes(operation:expected:found:)``.
    package func check(heads: Int, mask: AttentionMask) throws(GraphError) {
        if case .disentangled(let bias) = self { return try bias.check(heads: heads, mask: mask) }
        guard case .relative(let matrix, let bidirectional, let maxDistance) = self else { return }
        let buckets = matrix.matrix.rows
        guard matrix.matrix.columns == heads else {
            throw .shapes(operation: matrix.name, expected: "\(heads) columns", found: "\(matrix.matrix.columns)")
        }
        guard buckets >= (bidirectional ? 4 : 2), !bidirectional || buckets % 2 == 0,
            maxDistance > buckets / (bidirectional ? 4 : 2)
        else {
            throw .shapes(
                operation: matrix.name, expected: "buckets that reach beyond \(maxDistance) positions",
                found: "\(buckets) buckets")
        }
        guard bidirectional || mask.ahead == 0 else {
            throw .shapes(operation: matrix.name, expected: "a causal mask", found: "\(mask)")
        }
    }
}
