internal import Tensors

/// What a token and a relative position say of each other (DeBERTa, arXiv:2006.03654 §3.1; buckets: `transformers`'
/// `modeling_deberta_v2.py`). Added to a score, and scaled as it is:
/// `query[i] . positionKeys[bucket(i - j)] + key[j] . positionQueries[bucket(i - j)]`,
/// where position keys and queries are projections of `positions`, which depend on weights alone.
package struct DisentangledBias: Sendable {
    /// `weights . x + bias`.
    package struct Projection: Sendable {
        package let weights: NamedMatrix
        package let bias: NamedVector?

        package init(weights: NamedMatrix, bias: NamedVector?) {
            self.weights = weights
            self.bias = bias
        }
    }

    /// LayerNorm of the positions.
    package struct PositionNorm: Sendable {
        package let weight: NamedVector
        package let bias: NamedVector?
        package let epsilon: Float

        package init(weight: NamedVector, bias: NamedVector?, epsilon: Float) {
            self.weight = weight
            self.bias = bias
            self.epsilon = epsilon
        }
    }

    /// `[2 * span, columns]`, row `span` for distance 0, those behind it for keys before the query.
    package let positions: NamedMatrix
    package let norm: PositionNorm?
    /// To `[2 * span, heads * dimension]`; nil: scores have no such part.
    package let keys: Projection?
    package let queries: Projection?
    /// Distances below half of it have a row each, the others share rows up to `maxDistance`; 0: all have a row each.
    package let buckets: Int
    package let maxDistance: Int

    package init(
        positions: NamedMatrix, norm: PositionNorm?, keys: Projection?, queries: Projection?, buckets: Int,
        maxDistance: Int
    ) {
        self.positions = positions
        self.norm = norm
        self.keys = keys
        self.queries = queries
        self.buckets = buckets
        self.maxDistance = maxDistance
    }

    /// Rows on either side of distance 0.
    package var span: Int { positions.matrix.rows / 2 }

    /// The row of `positions` for a distance, the query's position less the key's.
    package func row(_ distance: Int) -> Int { min(max(bucket(distance) + span, 0), 2 * span - 1) }

    /// Rounded as in `transformers`, or distances at a bucket's edge would fall into another.
    private func bucket(_ distance: Int) -> Int {
        let (size, middle) = (abs(distance), buckets / 2)
        guard buckets > 0, size > middle else { return distance }
        let logarithm = Float(Power.logarithm(Double(Float(size) / Float(middle))))
        let range = Float(Power.logarithm(Double(Float(Double(maxDistance - 1) / Double(middle)))))
        let grown = (logarithm / range * Float(middle - 1)).rounded(.up) + Float(middle)
        return Int(min(grown, Float(2 * span))) * distance.signum()
    }

    func isSame(as other: DisentangledBias) -> Bool {
        keys?.weights.matrix.address == other.keys?.weights.matrix.address
            && queries?.weights.matrix.address == other.queries?.weights.matrix.address
            && positions.matrix.address == other.positions.matrix.address && buckets == other.buckets
            && maxDistance == other.maxDistance
    }

    func check(heads: Int, mask: AttentionMask) throws(GraphError) {
        guard positions.matrix.rows % 2 == 0, mask == .bidirectional else {
            throw .shapes(
                operation: positions.name, expected: "an even number of rows and a bidirectional mask",
                found: "\(positions.matrix.rows) and \(mask)")
        }
        guard buckets == 0 || (buckets >= 4 && maxDistance - 1 > buckets / 2) else {
            throw .shapes(
                operation: positions.name, expected: "buckets that do not reach \(maxDistance) positions",
                found: "\(buckets) buckets")
        }
        for projection in [keys, queries].compactMap(\.self) {
            let (matrix, name) = (projection.weights.matrix, projection.weights.name)
            guard matrix.columns == positions.matrix.columns, matrix.rows % heads == 0,
                projection.bias.map({ $0.vector.count == matrix.rows }) ?? true
            else {
                throw .shapes(
                    operation: name, expected: "[a multiple of \(heads), \(positions.matrix.columns)]",
                    found: "[\(matrix.rows), \(matrix.columns)]")
            }
        }
    }
}
