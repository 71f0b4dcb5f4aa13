internal import Graph
internal import Tensors

extension Step {
    func im2col(_ im2col: Operation.Im2col, _ worker: Worker) {
        let x = rows(im2col.x)
        let out = rows(im2col.out)
        let (rowsIn, rowsOut) = (x.rows / tokenCount, out.rows / tokenCount)
        for index in 0..<entryCount {
            let entry = entries[index]
            let own = x.rows(from: entry.firstRow * rowsIn, count: entry.count * rowsIn)
            for row in worker.share(of: entry.count * rowsOut) {
                kernels.im2col(
                    own, center: row * im2col.stride, width: im2col.width, to: out, row: entry.firstRow * rowsOut + row)
            }
        }
    }
}
