internal import Swiftlet

/// The weights of one attention as bytes: each row scaled to its greatest weight, blocks of positions pooled to the greatest
/// of theirs.
struct WeightPicture {
    let rows: Int
    let columns: Int
    /// `[heads, rows]`
    private(set) var scales: [Float] = []
    /// `[heads, rows, columns]`, of a triangle the columns up to the row alone.
    private(set) var bytes: [UInt8] = []
    let isTriangle: Bool

    /// - Parameters:
    ///   - rows: positions that are shown, of those that attend and of those attended to.
    ///   - pool: positions that make one.
    init(
        _ attention: AttentionTrace, rows rowRange: Range<Int>, columns columnRange: Range<Int>, pool: Int,
        columnPool: Int
    ) {
        rows = (rowRange.count + pool - 1) / pool
        columns = (columnRange.count + columnPool - 1) / columnPool
        isTriangle = attention.isCausal && rowRange == columnRange && pool == columnPool
        for head in attention.heads.indices {
            let weights = attention.weights(at: head)
            for row in 0..<rows {
                let first = rowRange.lowerBound + row * pool
                var pooled = [Float](repeating: 0, count: columns)
                for position in first..<min(first + pool, rowRange.upperBound) {
                    let start = weights.startIndex + position * attention.columns + columnRange.lowerBound
                    for column in 0..<columnRange.count {
                        pooled[column / columnPool] = max(pooled[column / columnPool], weights[start + column])
                    }
                }
                let scale = pooled.max() ?? 0
                scales.append(scale)
                let factor = scale > 0 ? 255 / scale : 0
                for column in 0..<(isTriangle ? row + 1 : columns) {
                    bytes.append(UInt8(max(0, min(255, (pooled[column] * factor).rounded()))))
                }
            }
        }
    }

    /// A weight from 0 to 1.
    func weight(_ head: Int, _ row: Int, _ column: Int) -> Float {
        if isTriangle, column > row { return 0 }
        let size = isTriangle ? rows * (rows + 1) / 2 : rows * columns
        let start = head * size + (isTriangle ? row * (row + 1) / 2 : row * columns)
        return Float(bytes[start + column]) / 255 * scales[head * rows + row]
    }

    var json: [String: LookValue] {
        [
            "rows": .int(rows), "columns": .int(columns), "triangle": .bool(isTriangle),
            "scale": .base64(scales), "data": .base64(bytes),
        ]
    }
}

extension PNGImage {
    /// A row of pictures for each attention, one for each head. Colour goes by the root of a weight, as on the page.
    ///
    /// - Parameter cell: pixels of a head, a side.
    init(_ pictures: [(picture: WeightPicture, heads: Int)], cell: Int) {
        let columns = pictures.map(\.heads).max() ?? 1
        self.init(
            width: columns * (cell + 3) + 3, height: max(1, pictures.count) * (cell + 3) + 3, background: PNGImage.line)
        for (row, one) in pictures.enumerated() {
            for head in 0..<one.heads {
                for y in 0..<cell {
                    for x in 0..<cell {
                        let weight = one.picture.greatest(
                            head, rows: Self.span(y, of: cell, one.picture.rows),
                            columns: Self.span(x, of: cell, one.picture.columns))
                        self[head * (cell + 3) + 3 + x, row * (cell + 3) + 3 + y] = UInt8(
                            min(254, weight.squareRoot() * 254))
                    }
                }
            }
        }
    }

    /// What a pixel shows of `count` positions.
    private static func span(_ pixel: Int, of cell: Int, _ count: Int) -> Range<Int> {
        let first = pixel * count / cell
        return first..<max(first + 1, (pixel + 1) * count / cell)
    }
}

extension WeightPicture {
    fileprivate func greatest(_ head: Int, rows: Range<Int>, columns: Range<Int>) -> Float {
        var found: Float = 0
        for row in rows { for column in columns { found = max(found, weight(head, row, column)) } }
        return found
    }
}
