internal import Graph
internal import Tensors

extension Step {
    /// The rows that the caller asked for, or the mean of some.
    func selectRows(_ select: Operation.SelectRows, _ worker: Worker) {
        let x = rows(select.x)
        let out = rows(select.out)
        for row in worker.share(of: out.rows) {
            let wanted = outputRows[row]
            kernels.copy(x, row: wanted.first, to: out, row: row)
            for other in 1..<max(1, wanted.count) { kernels.add(x, row: wanted.first + other, to: out, row: row) }
            if wanted.count > 1 { kernels.scale(out, row: row, by: 1 / Float(wanted.count)) }
        }
    }
}
