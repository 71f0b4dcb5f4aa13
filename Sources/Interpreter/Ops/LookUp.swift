internal import Graph
internal import Tensors

extension Step {
    /// `out[t] = table[id or position of t]`. The indices were checked before the step began.
    func lookUp(_ table: WeightMatrix, _ by: RowIndex, _ out: Value, _ worker: Worker) {
        let out = rows(out)
        let share = worker.share(of: out.rows)
        for row in share {
            let ahead = row + Self.rowsAhead
            if ahead < share.upperBound { kernels.prefetch(table, row: index(by, ahead)) }
            kernels.unpack(table, row: index(by, row), to: out, row: row)
        }
    }

    /// How long before it is unpacked a row is asked for: a vocabulary's lie far apart.
    private static let rowsAhead = 4

    private func index(_ by: RowIndex, _ row: Int) -> Int {
        switch by {
        case .tokens: Int(ids[row])
        case .positions: Int(positions[row])
        case .segments: Int(segments[row])
        }
    }

    /// The rows that the caller asked for, or the mean of some.
    func outputs(_ x: Value, _ out: Value, _ worker: Worker) {
        let x = rows(x)
        let out = rows(out)
        for row in worker.share(of: out.rows) {
            let wanted = outputRows[row]
            kernels.copy(x, row: wanted.first, to: out, row: row)
            for other in 1..<max(1, wanted.count) { kernels.add(x, row: wanted.first + other, to: out, row: row) }
            if wanted.count > 1 { kernels.scale(out, row: row, by: 1 / Float(wanted.count)) }
        }
    }
}
