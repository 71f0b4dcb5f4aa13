internal import Graph
internal import Tensors

extension Step {
    /// `out[t] = table[id or position of t]`. The indices were checked before the step began.
    func lookUp(_ table: WeightMatrix, _ by: RowIndex, _ out: Value, _ worker: Worker) {
        let out = rows(out)
        for row in worker.share(of: out.rows) {
            let index =
                switch by {
                case .tokens: ids[row]
                case .positions: positions[row]
                case .segments: segments[row]
                }
            kernels.unpack(table, row: Int(index), to: out, row: row)
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
