internal import Graph
internal import Tensors

extension Step {
    /// `out[t] = table[id or position of t]`. The indices were checked before the step began.
    func lookUp(_ table: WeightMatrix, _ by: RowIndex, _ out: Value, _ worker: Worker) {
        let out = rows(out)
        for row in worker.share(of: out.rows) {
            let index = by == .tokens ? ids[row] : positions[row]
            kernels.unpack(table, row: Int(index), to: out, row: row)
        }
    }

    /// The rows that the caller asked for.
    func outputs(_ x: Value, _ out: Value, _ worker: Worker) {
        let x = rows(x)
        let out = rows(out)
        for row in worker.share(of: out.rows) { kernels.copy(x, row: Int(outputRows[row]), to: out, row: row) }
    }
}
