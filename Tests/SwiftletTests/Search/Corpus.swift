import Swiftlet
import TestSupport

extension IndexModel {
    static func test(dimensions: Int) -> IndexModel {
        IndexModel(name: "test", identity: "c0ffee", dimensions: dimensions, pooling: "mean", prefix: "passage: ")
    }
}

/// Vectors and their texts, to be written and to be searched by force.
struct Corpus {
    let dimensions: Int
    var rows: [[Float]]

    /// Random directions; every seventh row repeats an earlier one, so that scores are equal.
    init(rows: Int, dimensions: Int, seed: Int) {
        var random = SeededRandom(seed: seed)
        self.dimensions = dimensions
        self.rows = []
        for row in 0..<rows {
            self.rows.append(
                row % 7 == 6 ? self.rows[random.below(row)] : Self.vector(dimensions, &random))
        }
    }

    init(_ rows: [[Float]]) {
        dimensions = rows.first?.count ?? 1
        self.rows = rows
    }

    static func vector(_ dimensions: Int, _ random: inout SeededRandom) -> [Float] {
        (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
    }

    func text(_ row: Int) -> String { row % 5 == 4 ? "" : "row \(row): grüße, 世界" }

    func write(to path: String, precision: IndexWriter.Precision = .float32) throws {
        var writer = try IndexWriter(path: path, model: .test(dimensions: dimensions), precision: precision)
        for (row, vector) in rows.enumerated() { try writer.append(text(row), vector: vector.span) }
        try writer.finish()
    }

    /// The expected result of a search, by its definition.
    func best(_ query: [Float], count: Int) -> [IndexMatch] {
        let query = Self.unit(query)
        let matches = rows.enumerated().map { row, vector in
            let sum = zip(Self.unit(vector), query).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            return IndexMatch(row: row, score: Float(sum))
        }
        let sorted = matches.sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }
        return Array(sorted.prefix(count))
    }

    static func unit(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return vector.map { length > 0 ? Float(Double($0) * (1 / length)) : 0 }
    }
}
