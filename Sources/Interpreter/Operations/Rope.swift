internal import Graph
internal import Tensors

extension Step {
    func rope(_ rope: Operation.Rope, _ worker: Worker) {
        let inPlace = buffers[rope.x.index].offset == buffers[rope.out.index].offset
        let x = rows(rope.x)
        let out = rows(rope.out)
        let table = rows(rope.table)
        for row in worker.share(of: out.rows) {
            if !inPlace { kernels.copy(x, row: row, to: out, row: row) }
            kernels.rope(
                out, row: row, table: table, headDimension: rope.headDimension, firstColumn: rope.firstColumn,
                pairing: rope.pairing)
        }
    }
}
