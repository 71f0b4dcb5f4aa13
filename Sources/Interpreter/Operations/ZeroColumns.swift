internal import Graph
internal import Tensors

extension Step {
    func zeroColumns(_ operation: Operation.ZeroColumns, _ worker: Worker) {
        let inPlace = buffers[operation.x.index].offset == buffers[operation.out.index].offset
        let x = rows(operation.x)
        let out = rows(operation.out)
        for row in worker.share(of: out.rows) {
            if !inPlace { kernels.copy(x, row: row, to: out, row: row) }
            out.columns(operation.columns).zero(row: row)
        }
    }
}
