/// Rows of text in aligned columns, with a heading.
struct Table {
    enum Alignment {
        case left, right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: (String, Alignment)...) { self.init(columns) }

    init(_ columns: [(String, Alignment)]) {
        self.columns = columns.map { (title: $0.0, alignment: $0.1) }
    }

    /// - Parameter cells: one for each column.
    mutating func append(_ cells: String...) { append(cells) }

    mutating func append(_ cells: [String]) { rows.append(cells) }

    /// The lines, each ended by a line break.
    func text(for stream: StandardStream) -> String {
        var widths = columns.map(\.title.count)
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.count)
            }
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (column, (cell, width)) in zip(cells, widths).enumerated() {
                let padding = String(repeating: " ", count: width - cell.count)
                let isLast = column == widths.count - 1
                let isRight = columns[column].alignment == .right
                line += (column > 0 ? "  " : "") + (isRight ? padding + cell : cell + (isLast ? "" : padding))
            }
            return line
        }
        let heading = stream.styled(line(columns.map(\.title)), .bold)
        return ([heading] + rows.map(line)).map { $0 + "\n" }.joined()
    }
}
