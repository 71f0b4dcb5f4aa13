/// The cheapest way through a matrix of costs from its first corner to its last, in steps of a row, a column or both.
package enum DynamicTimeWarping {
    /// - Parameter costs: `[rows, columns]`.
    /// - Returns: the first column of each row on the way.
    package static func firstColumns(_ costs: [Float], rows: Int, columns: Int) -> [Int] {
        guard rows > 0, columns > 0 else { return [] }
        let width = columns + 1
        var totals = [Float](repeating: .infinity, count: width)
        var above = totals
        above[0] = 0
        var steps = [Step](repeating: .both, count: rows * columns)
        for row in 0..<rows {
            totals[0] = .infinity
            for column in 0..<columns {
                let (both, down, right) = (above[column], above[column + 1], totals[column])
                let step: Step = both < down && both < right ? .both : down < both && down < right ? .row : .column
                let before =
                    switch step {
                    case .both: both
                    case .row: down
                    case .column: right
                    }
                totals[column + 1] = costs[row * columns + column] + before
                steps[row * columns + column] = step
            }
            swap(&totals, &above)
        }
        var first = [Int](repeating: 0, count: rows)
        var (row, column) = (rows - 1, columns - 1)
        while row >= 0, column >= 0 {
            first[row] = column
            // Along the edges there is one way alone.
            let step: Step = row == 0 ? .column : column == 0 ? .row : steps[row * columns + column]
            if step != .column { row -= 1 }
            if step != .row { column -= 1 }
        }
        return first
    }

    private enum Step: UInt8 {
        case both, row, column
    }
}
