internal import Graph
internal import Models
internal import Tensors

/// How a stage of a model tells positions apart.
public struct PositionalEncoding: Sendable {
    /// What depends on a position, or on a distance.
    public enum Kind: Sendable {
        /// Rows that are added to embeddings, learned or sinusoids.
        case rows(PositionRows)
        /// Rotations of queries and keys.
        case rope(RopeWavelengths)
        /// Of each head, what its scores lose with each position of distance (ALiBi, arXiv:2108.12409).
        case alibi(slopes: [Float])
        /// What heads add to their scores by the bucket of the distance.
        case relative(RelativeBias)
    }

    /// `main`, `encoder` or `decoder`.
    public let stage: String
    /// What it is.
    public let kind: Kind
}

/// Rows of a table of positions.
public struct PositionRows: Sendable {
    /// The tensor's name.
    public let name: String
    /// Positions that the table has.
    public let count: Int
    /// Those whose rows were compared: all, or some at equal steps.
    public let positions: [Int]
    /// Cosines of the angles between rows, `[positions.count, positions.count]`.
    public let similarity: [Float]
}

/// Of each pair of elements that a rotary embedding (arXiv:2104.09864) turns, the positions in which it turns once.
public struct RopeWavelengths: Sendable {
    /// With the model's scaling, the fastest pair first.
    public let wavelengths: [Double]
    /// Those beyond a length, where they are others: by the factors of LongRoPE, or by a base that is greater, at twice
    /// that length.
    public let long: [Double]
    /// The length beyond which ``long`` holds.
    public let longBeyond: Int?
    /// What cosines and sines are multiplied by.
    public let magnitude: Double
}

/// A table of score biases by distance, such as T5's (arXiv:1910.10683).
public struct RelativeBias: Sendable {
    /// The tensor's name.
    public let name: String
    /// Rows of the table.
    public let buckets: Int
    /// Whether positions ahead have buckets of their own.
    public let isBidirectional: Bool
    /// The distance from which all share a bucket.
    public let maxDistance: Int
    /// A key's position less the query's, of the columns of ``values``.
    public let distances: Range<Int>
    /// `[heads, distances.count]`
    public let values: [Float]
}

extension Model {
    /// How the model tells positions apart: of an encoder-decoder, the encoder first. Empty for one that does not.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` or `outOfMemory`.
    public func positionalEncodings() throws(SwiftletError) -> [PositionalEncoding] {
        let hasTwoStages = kind == .textToText || kind == .speech
        let stages: [(String, ModelTask)] =
            hasTwoStages ? [("encoder", .encoding), ("decoder", .decoding)] : [("main", tracedTask)]
        var found: [PositionalEncoding] = []
        for (name, task) in stages {
            let graph = try graph(for: task, without: [])
            do throws(TensorError) {
                found += try graph.positionalEncodings().map { PositionalEncoding(stage: name, kind: $0) }
            } catch {
                throw SwiftletError(error)
            }
        }
        return found
    }
}

extension Graph {
    fileprivate func positionalEncodings() throws(TensorError) -> [PositionalEncoding.Kind] {
        var found: [PositionalEncoding.Kind] = []
        for operation in operations {
            switch operation {
            case .embedding(let embedding) where embedding.index == .positions:
                found.append(.rows(try PositionRows(embedding.table, name: name(of: embedding.table))))
            case .ropeTable(let table): found.append(.rope(RopeWavelengths(table, frequencies)))
            default: break
            }
        }
        for bias in biases {
            switch bias.bias {
            case .alibi(let maxBias):
                found.append(
                    .alibi(
                        slopes: (0..<bias.heads).map { ScoreBias.slope(maxBias: maxBias, head: $0, of: bias.heads) }))
            case .relative(let table, let isBidirectional, let maxDistance):
                found.append(
                    .relative(
                        try RelativeBias(table, bias.heads, isBidirectional: isBidirectional, maxDistance)))
            // It depends on what stands at the places, too.
            case .disentangled: break
            }
        }
        return found
    }
}

extension PositionRows {
    /// Rows that are compared at most.
    private static let maxRows = 128

    fileprivate init(_ table: WeightMatrix, name: String) throws(TensorError) {
        let step = max(1, (table.rows + Self.maxRows - 1) / Self.maxRows)
        let chosen = Array(stride(from: 0, to: table.rows, by: step))
        let rows = try table.floats(chosen).map { row in
            let length = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            return row.map { length > 0 ? Double($0) / length : 0 }
        }
        self.name = name
        count = table.rows
        positions = chosen
        similarity = rows.flatMap { a in rows.map { b in Float(zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }) } }
    }
}

extension RopeWavelengths {
    fileprivate init(_ table: Operation.RopeTable, _ frequencies: [Double]) {
        func wavelengths(_ first: Int, _ ratio: Double = 1) -> [Double] {
            var factor = 1.0
            return frequencies[first..<first + table.count].map { frequency in
                defer { factor *= ratio }
                return frequency > 0 ? 2 * .pi / (frequency * factor) : .infinity
            }
        }
        self.wavelengths = wavelengths(table.firstFrequency)
        magnitude = table.magnitude
        switch table.stretch {
        case .none: (long, longBeyond) = ([], nil)
        case .long(let first, let beyond, _): (long, longBeyond) = (wavelengths(first), beyond)
        case .base(let factor, let beyond):
            // At twice the length the base has grown to 2 * factor - (factor - 1) of its own.
            let ratio = Power.of(factor + 1, -1 / Double(max(1, table.count - 1)))
            (long, longBeyond) = (wavelengths(table.firstFrequency, ratio), beyond)
        }
    }
}

extension RelativeBias {
    /// Distances that are shown at most, either way.
    private static let maxReach = 160

    fileprivate init(
        _ table: NamedMatrix, _ heads: Int, isBidirectional: Bool, _ maxDistance: Int
    ) throws(TensorError) {
        let rows = try table.matrix.floats(Array(0..<table.matrix.rows))
        let reach = min(Self.maxReach, maxDistance + maxDistance / 8 + 1)
        let distances = -reach..<(isBidirectional ? reach + 1 : 1)
        let places = distances.map {
            ScoreBias.bucket($0, of: rows.count, bidirectional: isBidirectional, maxDistance: maxDistance)
        }
        name = table.name
        buckets = rows.count
        self.isBidirectional = isBidirectional
        self.maxDistance = maxDistance
        self.distances = distances
        values = (0..<heads).flatMap { head in places.map { rows[$0][head] } }
    }
}

extension WeightMatrix {
    /// Some rows as float32.
    fileprivate func floats(_ chosen: [Int]) throws(TensorError) -> [[Float]] {
        let arena = try Arena(byteCount: columns * MemoryLayout<Float>.stride)
        let row = arena.view.floats(at: 0, rows: 1, columns: columns, stride: columns)
        return chosen.map { index in
            Kernels.best.unpack(self, row: index, to: row, row: 0)
            return row.values(0)
        }
    }
}
