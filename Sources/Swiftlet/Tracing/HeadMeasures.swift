#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What the weights of one head of a self-attention show of its job.
public struct HeadMeasures: Sendable, Hashable {
    /// From 0 on.
    public let layer: Int
    /// From 0 on.
    public let head: Int
    /// Mean entropy of a row, in nats: 0 for a head that looks at one position.
    public let entropy: Double
    /// Mean distance to what it looks at, in positions.
    public let distance: Double
    /// Mean weight on the first position, of all rows but the first: the attention sink (arXiv:2309.17453).
    public let first: Double
    /// Mean weight on the position before.
    public let previous: Double
    /// Mean weight on earlier positions with the same token; nil where no token is there twice.
    public let duplicate: Double?
    /// Mean weight on positions behind earlier ones with the same token (arXiv:2209.11895); nil where no token is there twice.
    public let induction: Double?

    /// - Parameters:
    ///   - weights: `[tokens.count, tokens.count]`, row by row.
    ///   - tokens: empty where the positions are no tokens: nothing is there twice.
    package init(layer: Int, head: Int, _ weights: ArraySlice<Float>, count: Int, tokens: [Token]) {
        var (entropy, distance, first, previous) = (0.0, 0.0, 0.0, 0.0)
        var (duplicate, induction, repeated, continued) = (0.0, 0.0, 0, 0)
        var places: [Token: [Int]] = [:]
        let start = weights.startIndex
        for row in 0..<count {
            for column in 0..<count {
                let weight = Double(weights[start + row * count + column])
                guard weight > 0 else { continue }
                entropy -= weight * log(weight)
                distance += weight * Double(abs(row - column))
            }
            if row > 0 {
                first += Double(weights[start + row * count])
                previous += Double(weights[start + row * count + row - 1])
            }
            guard row < tokens.count else { continue }
            let earlier = places[tokens[row]] ?? []
            if !earlier.isEmpty {
                repeated += 1
                for place in earlier { duplicate += Double(weights[start + row * count + place]) }
                let next = earlier.map { $0 + 1 }.filter { $0 < row }
                if !next.isEmpty { continued += 1 }
                for place in next { induction += Double(weights[start + row * count + place]) }
            }
            places[tokens[row], default: []].append(row)
        }
        self.layer = layer
        self.head = head
        self.entropy = entropy / Double(max(1, count))
        self.distance = distance / Double(max(1, count))
        self.first = first / Double(max(1, count - 1))
        self.previous = previous / Double(max(1, count - 1))
        self.duplicate = repeated > 0 ? duplicate / Double(repeated) : nil
        self.induction = continued > 0 ? induction / Double(continued) : nil
    }
}

extension StageTrace {
    /// The measures of every head of the self-attentions that were kept.
    public var headMeasures: [HeadMeasures] {
        attentions.filter { $0.kind == .own }.flatMap { attention in
            attention.heads.indices.map { index in
                HeadMeasures(
                    layer: attention.layer, head: attention.heads[index], attention.weights(at: index),
                    count: attention.rows, tokens: tokens)
            }
        }
    }

    /// Attention rollout (arXiv:2005.00928): how much of each position's last state comes from each position, if attention
    /// were all that moves something. `[count, count]`, row by row; rows sum to 1. The mean of a layer's heads and the identity
    /// count half each. Nil where some layer's heads were not all kept.
    ///
    /// In a causal model the product of many layers drifts to the first positions.
    public var rollout: [Float]? {
        guard let layers = mixedAttention else { return nil }
        return layers.dropFirst().reduce(layers[0]) { Self.product($1, $0, count) }
    }

    /// What ``rollout`` multiplies, `[layers][count, count]`; nil where some layer's heads were not all kept.
    var mixedAttention: [[Float]]? {
        let own = attentions.filter { $0.kind == .own }
        guard !own.isEmpty, own.count == layerCount, own.allSatisfy({ $0.heads.count == $0.headCount }) else {
            return nil
        }
        return own.map(Self.mixed)
    }

    /// Half of the mean of the heads and half of the identity, rows scaled to a sum of 1.
    private static func mixed(_ attention: AttentionTrace) -> [Float] {
        let (count, heads) = (attention.rows, Float(attention.heads.count))
        var mixed = [Float](repeating: 0, count: count * count)
        for head in attention.heads.indices {
            let weights = attention.weights(at: head)
            for (place, weight) in zip(mixed.indices, weights) { mixed[place] += weight / heads / 2 }
        }
        for row in 0..<count {
            mixed[row * count + row] += 0.5
            let sum = mixed[row * count..<(row + 1) * count].reduce(0, +)
            for column in 0..<count { mixed[row * count + column] /= sum }
        }
        return mixed
    }

    /// `a . b` of square matrices.
    private static func product(_ a: [Float], _ b: [Float], _ count: Int) -> [Float] {
        var result = [Float](repeating: 0, count: count * count)
        for row in 0..<count {
            for inner in 0..<count {
                let factor = a[row * count + inner]
                guard factor != 0 else { continue }
                for column in 0..<count { result[row * count + column] += factor * b[inner * count + column] }
            }
        }
        return result
    }
}
